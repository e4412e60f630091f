#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sshauth.h"

#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIHJlYWwga2V5IG9mIGEgcmVhbCBwZXJzb24h"

static const struct {
	const char *value;
	const char *key; /* NULL: none counts */
} values[] = {
	{"publickey ssh-ed25519 " KEY, "ssh-ed25519 " KEY},
	{"publickey ssh-ed25519 " KEY "\n", "ssh-ed25519 " KEY},
	{"publickey sk-ssh-ed25519@openssh.com " KEY "\n", "sk-ssh-ed25519@openssh.com " KEY},
	{"publickey ssh-ed25519-cert-v01@openssh.com " KEY "\n",
		"ssh-ed25519-cert-v01@openssh.com " KEY},
	{"publickey ecdsa-sha2-nistp256 AAAA\n", "ecdsa-sha2-nistp256 AAAA"},
	{"publickey ssh-rsa AAA=\n", "ssh-rsa AAA="},
	{"publickey ssh-rsa AA==\n", "ssh-rsa AA=="},
	{"password\npublickey ssh-ed25519 " KEY "\n", "ssh-ed25519 " KEY},
	{"publickey ssh-ed25519 " KEY "\nkeyboard-interactive/pam\n", "ssh-ed25519 " KEY},
	{"publickey ssh-ed25519 " KEY "\npublickey ssh-rsa AAAA\n", "ssh-ed25519 " KEY},
	{"publickey ssh-rsa AAAA\npublickey ssh-ed25519 " KEY "\n", "ssh-rsa AAAA"},
	{"hostbased ssh-ed25519 " KEY "\npublickey ssh-ed25519 " KEY "\n", "ssh-ed25519 " KEY},

	/* nothing, or another method */
	{NULL, NULL},
	{"", NULL},
	{"password\n", NULL},
	{"keyboard-interactive/pam\n", NULL},
	{"hostbased ssh-ed25519 " KEY "\n", NULL},
	{"gssapi-with-mic alice@EXAMPLE.COM\n", NULL},

	/* the word, where it is not the method */
	{"publickeyX ssh-ed25519 " KEY, NULL},
	{"xpublickey ssh-ed25519 " KEY, NULL},
	{"Publickey ssh-ed25519 " KEY, NULL},
	{"PUBLICKEY ssh-ed25519 " KEY, NULL},
	{"password publickey", NULL},
	{"password publickey ssh-ed25519 " KEY, NULL},
	{"gssapi-with-mic publickey ssh-ed25519 " KEY, NULL},
	{" publickey ssh-ed25519 " KEY, NULL},
	{"publickey/x ssh-ed25519 " KEY, NULL},
	{"publickey,password ssh-ed25519 " KEY, NULL},

	/* no key behind it */
	{"publickey", NULL},
	{"publickey\n", NULL},
	{"publickey ", NULL},
	{"publickey ssh-ed25519", NULL},
	{"publickey ssh-ed25519 ", NULL},
	{"publickey ssh-ed25519\n" KEY, NULL},
	{"publickey\nssh-ed25519 " KEY, NULL},
	{"publickey  ssh-ed25519 " KEY, NULL},
	{"publickey ssh-ed25519  " KEY, NULL},
	{"publickey ssh-ed25519 " KEY " ", NULL},
	{"publickey ssh-ed25519 " KEY " alice@laptop", NULL},
	{"publickey ssh-ed25519 AAA\n", NULL},
	{"publickey ssh-ed25519 AAAAA===\n", NULL},
	{"publickey ssh-ed25519 ====\n", NULL},
	{"publickey ssh-ed25519 A=AA\n", NULL},
	{"publickey ssh-ed25519 AA-_\n", NULL},
	{"publickey ssh_ed25519 " KEY, NULL},

	/* lines that no sshd writes spoil the rest */
	{"\npublickey ssh-ed25519 " KEY, NULL},
	{"publickey ssh-ed25519 " KEY "\n\n", NULL},
	{"publickey ssh-ed25519 " KEY "\r\n", NULL},
	{"password\rpublickey ssh-ed25519 " KEY "\n", NULL},
	{"publickey\tssh-ed25519 " KEY "\n", NULL},
	{"publickey ssh-ed25519 " KEY "\n\x1b[2J\n", NULL},
	{"publickey ssh-ed25519 " KEY "\ngssapi-with-mic \xc3\xa4\n", NULL},
	{"password\vpublickey ssh-ed25519 " KEY "\n", NULL},
	{"publickey ssh-ed25519 " KEY "\npassword\x7f\n", NULL},
};

static void only_a_verified_key_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const char *want = values[i].key;
		size_t len = 0;
		const char *got = sshauth_publickey(values[i].value, &len);

		if (!got != !want || (got && (len != strlen(want) || strncmp(got, want, len) != 0)))
			fail_msg("row %zu: %.*s", i, (int)len, got ? got : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_verified_key_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
