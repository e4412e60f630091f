/*
 * SSH_AUTH_INFO_0 (sshauth.h): what is found is a whole line's key, and nothing that stands beside it
 * makes it another.
 */
#include "fuzz.h"

#include "sshauth.h"

static void check_key(const char *value, const char *key, size_t len)
{
	static const char before[] = "publickey ";
	size_t prefix = strlen(before);

	MUST(key >= value + prefix && key + len <= value + strlen(value));
	MUST(memcmp(key - prefix, before, prefix) == 0);
	MUST(key - prefix == value || key[-(ptrdiff_t)prefix - 1] == '\n');
	MUST(key[len] == '\0' || key[len] == '\n');
	const char *space = memchr(key, ' ', len);
	MUST(space && space > key && !memchr(space + 1, ' ', len - (size_t)(space + 1 - key)));
	MUST((len - (size_t)(space + 1 - key)) % 4 == 0 && key + len > space + 1);
	for (size_t i = 0; i < len; i++)
		MUST(key[i] >= ' ' && key[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	FUZZ_STRING(value, bytes, len);
	size_t key_len = 0;
	const char *key = sshauth_publickey(value, &key_len);

	if (!key)
		return 0;
	check_key(value, key, key_len);
	/* Rule 2. */
	for (const char *at = value; *at; at++)
		MUST(*at == '\n' || (*at >= ' ' && *at <= '~'));
	MUST(!strstr(value, "\n\n"));
	return 0;
}
