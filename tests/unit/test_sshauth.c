#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sshauth.h"

#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIHJlYWwga2V5IG9mIGEgcmVhbCBwZXJzb24h"

static const struct {
	const char *value;
	bool has;
} values[] = {
	{"publickey ssh-ed25519 " KEY, true},
	{"publickey ssh-ed25519 " KEY "\n", true},
	{"publickey sk-ssh-ed25519@openssh.com " KEY "\n", true},
	{"publickey ssh-ed25519-cert-v01@openssh.com " KEY "\n", true},
	{"publickey ecdsa-sha2-nistp256 AAAA\n", true},
	{"publickey ssh-rsa AAA=\n", true},
	{"publickey ssh-rsa AA==\n", true},
	{"password\npublickey ssh-ed25519 " KEY "\n", true},
	{"publickey ssh-ed25519 " KEY "\nkeyboard-interactive/pam\n", true},
	{"publickey ssh-ed25519 " KEY "\npublickey ssh-ed25519 " KEY "\n", true},
	{"hostbased ssh-ed25519 " KEY "\npublickey ssh-ed25519 " KEY "\n", true},

	/* nothing, or another method */
	{NULL, false},
	{"", false},
	{"password\n", false},
	{"keyboard-interactive/pam\n", false},
	{"hostbased ssh-ed25519 " KEY "\n", false},
	{"gssapi-with-mic alice@EXAMPLE.COM\n", false},

	/* the word, where it is not the method */
	{"publickeyX ssh-ed25519 " KEY, false},
	{"xpublickey ssh-ed25519 " KEY, false},
	{"Publickey ssh-ed25519 " KEY, false},
	{"PUBLICKEY ssh-ed25519 " KEY, false},
	{"password publickey", false},
	{"password publickey ssh-ed25519 " KEY, false},
	{"gssapi-with-mic publickey ssh-ed25519 " KEY, false},
	{" publickey ssh-ed25519 " KEY, false},
	{"publickey/x ssh-ed25519 " KEY, false},
	{"publickey,password ssh-ed25519 " KEY, false},

	/* no key behind it */
	{"publickey", false},
	{"publickey\n", false},
	{"publickey ", false},
	{"publickey ssh-ed25519", false},
	{"publickey ssh-ed25519 ", false},
	{"publickey ssh-ed25519\n" KEY, false},
	{"publickey\nssh-ed25519 " KEY, false},
	{"publickey  ssh-ed25519 " KEY, false},
	{"publickey ssh-ed25519  " KEY, false},
	{"publickey ssh-ed25519 " KEY " ", false},
	{"publickey ssh-ed25519 " KEY " alice@laptop", false},
	{"publickey ssh-ed25519 AAA\n", false},
	{"publickey ssh-ed25519 AAAAA===\n", false},
	{"publickey ssh-ed25519 ====\n", false},
	{"publickey ssh-ed25519 A=AA\n", false},
	{"publickey ssh-ed25519 AA-_\n", false},
	{"publickey ssh_ed25519 " KEY, false},

	/* lines that no sshd writes spoil the rest */
	{"\npublickey ssh-ed25519 " KEY, false},
	{"publickey ssh-ed25519 " KEY "\n\n", false},
	{"publickey ssh-ed25519 " KEY "\r\n", false},
	{"password\rpublickey ssh-ed25519 " KEY "\n", false},
	{"publickey\tssh-ed25519 " KEY "\n", false},
	{"publickey ssh-ed25519 " KEY "\n\x1b[2J\n", false},
	{"publickey ssh-ed25519 " KEY "\ngssapi-with-mic \xc3\xa4\n", false},
	{"password\vpublickey ssh-ed25519 " KEY "\n", false},
};

static void only_a_verified_key_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (sshauth_has_publickey(values[i].value) != values[i].has)
			fail_msg("row %zu: %s", i, values[i].value ? values[i].value : "NULL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_verified_key_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
