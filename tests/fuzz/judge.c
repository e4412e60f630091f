/*
 * Our verdicts, for test_beside_others.py to hold against those of others. Each line of standard
 * input is a word and its arguments in hexadecimal; the answer is a line.
 *
 *	json TEXT		ok and the compact form, or no
 *	b64url TEXT		ok and the bytes, or no
 *	jws KEYSET TOKEN	the reason, and where that is ok the payload
 */
#include "fuzz.h"

#include <openssl/crypto.h>

#include "b64url.h"
#include "json.h"
#include "jws.h"

enum { MAX = 64 * 1024 };

static const char *const all_algs[] = {
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};

/* The next word of the line, decoded. */
static void take_word(char **line, struct buf *out)
{
	const char *hex = strsep(line, " ");
	unsigned char bytes[MAX];
	size_t len = 0;

	MUST(hex != NULL);
	if (*hex)
		MUST(OPENSSL_hexstr2buf_ex(bytes, sizeof(bytes), &len, hex, '\0') == 1);
	MUST(buf_add(out, bytes, len) == 0);
}

static void answer(const char *verdict, const struct buf *bytes)
{
	printf("%s ", verdict);
	for (size_t i = 0; bytes && i < bytes->len; i++)
		printf("%02x", (unsigned char)bytes->data[i]);
	printf("\n");
	fflush(stdout);
}

static void judge_json(char *line)
{
	BUF_AUTO(text, MAX);
	BUF_AUTO(compact, 6 * MAX);
	JSON_AUTO(object);

	take_word(&line, &text);
	object = json_parse_object(text.data, text.len, MAX);
	if (object)
		MUST(json_compact(text.data, text.len, &compact) == 0);
	answer(object ? "ok" : "no", object ? &compact : NULL);
}

static void judge_b64url(char *line)
{
	BUF_AUTO(text, MAX);
	BUF_AUTO(bytes, MAX);

	take_word(&line, &text);
	int r = b64url_decode(buf_str(&text), text.len, &bytes);
	answer(r == 0 ? "ok" : "no", r == 0 ? &bytes : NULL);
}

static void judge_jws(char *line)
{
	BUF_AUTO(keys, MAX);
	BUF_AUTO(token, MAX);
	STRLIST_AUTO(algs);
	JWK_SET_AUTO(set);
	JWS_AUTO(jws);

	take_word(&line, &keys);
	take_word(&line, &token);
	for (size_t i = 0; i < sizeof(all_algs) / sizeof(all_algs[0]); i++)
		MUST(strlist_add(&algs, all_algs[i]) == 0);
	MUST(jwk_set_parse(keys.data, keys.len, &set) == 0);
	enum reason reason = jws_parse(buf_str(&token), token.len, &algs, &jws);
	if (reason == REASON_OK)
		reason = jws_verify(&jws, &set);
	answer(reason_name(reason), reason == REASON_OK ? &jws.payload : NULL);
}

int main(void)
{
	static const struct {
		const char *word;
		void (*judge)(char *line);
	} judges[] = {{"json", judge_json}, {"b64url", judge_b64url}, {"jws", judge_jws}};
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *rest = line;
		const char *word;

		line[strcspn(line, "\n")] = '\0';
		word = strsep(&rest, " ");
		for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++)
			if (strcmp(word, judges[i].word) == 0)
				judges[i].judge(rest);
	}
	free(line);
	return 0;
}
