/*
 * ssoctl store-key: makes a key for `store_key_file`: 256 random bits, as a line of 64 hexadecimal
 * digits.
 *
 * A file MUST be new, and its owner's alone: a key that is written over takes with it what it
 * sealed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "buf.h"
#include "json_out.h"
#include "new_file.h"
#include "ssoctl.h"

enum {
	KEY_BYTES = 32,
	KEY_MAX = 4 * KEY_BYTES,
	PATH_BYTES = 64 * 1024,
};

static int make_key(struct buf *ret)
{
	unsigned char bytes[KEY_BYTES];
	static const char digits[] = "0123456789abcdef";

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 0xf]};

		buf_add(ret, pair, sizeof(pair));
	}
	explicit_bzero(bytes, sizeof(bytes));
	return buf_error(ret);
}

static void print_key(const struct buf *key, bool json)
{
	printf(json ? "{\"key\": \"%s\"}\n" : "%s\n", buf_str(key));
}

static void print_file(const char *path, bool json)
{
	BUF_AUTO(out, PATH_BYTES);

	if (!json)
		return;
	json_out_string(&out, path);
	printf("{\"file\": %s}\n", buf_str(&out));
}

static int run(const struct invocation *invocation)
{
	BUF_AUTO(key, KEY_MAX);
	int r = make_key(&key);

	if (r == 0 && !invocation->operand) {
		print_key(&key, invocation->json);
		return SSOCTL_OK;
	}
	if (r == 0)
		r = buf_puts(&key, "\n");
	if (r == 0)
		r = new_file_write(invocation->operand, 0600, &key);
	if (r < 0) {
		ssoctl_say("%s: %s", invocation->operand ? invocation->operand : "the key",
			strerrordesc_np(-r));
		return SSOCTL_FAILED;
	}
	print_file(invocation->operand, invocation->json);
	return SSOCTL_OK;
}

const struct command command_store_key = {
	.name = "store-key",
	.operand = "FILE",
	.summary = "Make a key that seals what is in a shared store",
	.help = "It prints the key, or writes a FILE that must not be there yet and that only its\n"
		"owner can read. All machines of a store have the same `store_key_file`, of one\n"
		"line or two: the first seals, both open. So a key is changed in three steps,\n"
		"each on all machines before the next:\n\n"
		"  1. the new key is added as the second line\n"
		"  2. it becomes the first line\n"
		"  3. when `lifetime` has passed since, the old key is removed\n\n"
		"What is stored is sealed anew when it is written, which a session is with each\n"
		"renewal. One that nobody renewed since step 2 is sealed with the old key until\n"
		"it expires.\n",
	.run = run,
};
