/*
 * A token in compact form (jws.h). What is taken apart is what the text says, and what verifies is
 * one of the two tokens that were signed.
 */
#include "fuzz.h"

#include "b64url.h"
#include "jws.h"

/* RFC 7515 A.3, RFC 8037 A.4 */
static const char keys[] =
	"{\"keys\":["
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
static const char *const signed_tokens[] = {
	"eyJhbGciOiJFUzI1NiJ9."
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
	"cnVlfQ."
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
	"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"};
static const char *const all_algs[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
	"ES256", "ES384", "ES512", "EdDSA", "HS256", "none"};

/* A part is what its bytes are written as. */
static void check_part(const char *text, size_t len, const struct buf *bytes)
{
	BUF_AUTO(encoded, JWS_MAX);

	MUST(len > 0 && b64url_encode(bytes->data, bytes->len, &encoded) == 0);
	MUST(encoded.len == len && memcmp(encoded.data, text, len) == 0);
}

static void check_parts(const struct jws *jws, const char *token, size_t len)
{
	const char *end = token + len;
	const char *header_end = memchr(token, '.', len);

	MUST(header_end && jws->signed_bytes == token);
	const char *payload = header_end + 1;
	const char *payload_end = memchr(payload, '.', (size_t)(end - payload));
	MUST(payload_end == token + jws->signed_len);
	MUST(!memchr(payload_end + 1, '.', (size_t)(end - payload_end) - 1));
	check_part(payload, (size_t)(payload_end - payload), &jws->payload);
	check_part(payload_end + 1, (size_t)(end - payload_end) - 1, &jws->signature);
	MUST(strcmp(jws->alg->name, "none") != 0 && jws->alg->name[0] != 'H');
	MUST(!jws->kid || strlen(jws->kid) <= JWK_KID_MAX);
}

static bool was_signed(const char *token, size_t len)
{
	for (size_t i = 0; i < 2; i++)
		if (strlen(signed_tokens[i]) == len && memcmp(signed_tokens[i], token, len) == 0)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *token = (const char *)bytes;
	STRLIST_AUTO(algs);
	JWK_SET_AUTO(set);
	JWS_AUTO(jws);

	for (size_t i = 0; i < sizeof(all_algs) / sizeof(all_algs[0]); i++)
		MUST(strlist_add(&algs, all_algs[i]) == 0);
	MUST(jwk_set_parse(keys, strlen(keys), &set) == 0 && set.n == 2);
	if (jws_parse(token, len, &algs, &jws) != REASON_OK) {
		MUST(!was_signed(token, len) && !jws.alg);
		return 0;
	}
	MUST(len <= JWS_MAX);
	check_parts(&jws, token, len);
	MUST((jws_verify(&jws, &set) == REASON_OK) == was_signed(token, len));
	return 0;
}
