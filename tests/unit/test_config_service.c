/*
 * What a configuration means for one service: one file, the service asked for, and a key's value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "config.h"
#include "config_keys.h"
#include "shown.h"

#define BASE "[provider]\nissuer = https://idp.example.com\nclient_id = host\n"

#define REDIRECT "redirect_uri = https://login.example.com/callback.html\n"
#define CODE     "flow = code\n" REDIRECT
#define KEEP     "[session]\nkeep = yes\n"

static const struct {
	const char *text;
	const char *service;
	const char *key;
	const char *value;
	bool none; /* allow_none */
} rows[] = {
	/* what goes for all */
	{"[token]\nskew = 5s\n", "sshd", "skew", "5", false},
	{"[access]\nallow_users = a b\n", "sshd", "allow_users", "a|b", false},
	{"[access]\nallow_users = a b\n[service su]\nqr = never\n", "su", "allow_users", "a|b",
		false},

	/* rule 2: its own section replaces, whether it is stricter or not */
	{"[prompt]\nqr = always\n[service su]\nqr = never\n", "su", "qr", "never", false},
	{"[access]\nallow_users = a b\n[service su]\nallow_users = c\n", "su", "allow_users", "c",
		false},
	{"[access]\ndeny_users = a b\n[service su]\ndeny_users = c\n", "su", "deny_users", "c",
		false},
	{"[access]\nrequire = publickey\n[service su]\nrequire = none\n", "su", "require", "none",
		false},
	{"[token]\nmax_age = 1h\n[service su]\nmax_age = none\n", "su", "max_age", "-1", false},
	{"[service su]\nmin_uid = 0\n", "su", "min_uid", "0", false},
	{"[service su]\nsystem_users = root\n", "su", "system_users", "root", false},
	/* and another's has nothing to say to it */
	{"[service su]\nqr = auto\n[service sudo]\ndeny_users = a\n", "su", "deny_users", "",
		false},
	{"[service su]\n[service sudo]\ndeny_users = a\n", "su", "deny_users", "", false},
	{"[service su]\nallow_users = a\n[service sudo]\nallow_users = b\n", "su", "allow_users",
		"a", false},

	/* rule 3, key by key: a service that nobody named */
	{"[service sudo]\nmax_age = 5m\n", "sudo-i", "max_age", "300", false},
	{"[service sudo]\nmax_age = 5m\n[service su]\nmax_age = 1m\n", "sudo-i", "max_age", "60",
		false},
	{"[service sudo]\nmax_age = 1m\n[service su]\nmax_age = 5m\n", "sudo-i", "max_age", "60",
		false},
	{"[token]\nmax_age = 30s\n[service su]\nmax_age = 5m\n", "sudo-i", "max_age", "30", false},
	{"[token]\nmax_age = 30s\n[service su]\nmax_age = none\n", "sudo-i", "max_age", "30",
		false},
	{"[service su]\nmax_age = none\n", "sudo-i", "max_age", "-1", false},
	{"[service su]\nmax_age = 0s\n", "sudo-i", "max_age", "0", false},
	{"[service su]\nmin_uid = 2000\n[service sudo]\nmin_uid = 500\n", "sudo-i", "min_uid",
		"2000", false},
	{"[service su]\nmin_uid = 0\n", "sudo-i", "min_uid", "1000", false},
	{"[service sshd]\nrequire = publickey\n", "sudo-i", "require", "publickey", false},
	{"[access]\nrequire = publickey\n[service su]\nrequire = none\n", "su-l", "require",
		"publickey", false},
	{"[service su]\namr = mfa\n[service sudo]\namr = hwk mfa\n", "su-l", "amr", "mfa|hwk",
		false},
	{"[token]\namr = pin\n[service su]\namr = mfa\n", "su-l", "amr", "pin|mfa", false},
	{"[service su]\nrequired_claims = a=1\n[service sudo]\nrequired_claims = b=2\n", "su-l",
		"required_claims", "a=1|b=2", false},
	{"[access]\ndeny_users = a\n[service su]\ndeny_users = b a\n", "su-l", "deny_users", "a|b",
		false},
	{"[service su]\ndeny_groups = x\n[service sudo]\ndeny_groups = y\n", "su-l", "deny_groups",
		"x|y", false},
	{"[service su]\nallow_users = a b c\n[service sudo]\nallow_users = c b d\n", "su-l",
		"allow_users", "b|c", false},
	{"[access]\nallow_users = a b\n[service su]\nallow_users = b c\n", "su-l", "allow_users",
		"b", false},
	{"[service su]\nallow_groups = /a /b\n[service sudo]\nallow_groups = /b\n", "su-l",
		"allow_groups", "/b", false},
	{"[service su]\nacr = low high\n[service sudo]\nacr = high\n", "su-l", "acr", "high",
		false},
	{"[prompt]\ndeadline = 100s\n[service su]\ndeadline = 30s\n", "su-l", "deadline", "30",
		false},
	{"[service su]\ndeadline = 9m\n", "su-l", "deadline", "110", false},
	{"[service su]\ncomplete_link = no\n", "su-l", "complete_link", "no", false},
	{"[prompt]\ncomplete_link = no\n[service su]\ncomplete_link = yes\n", "su-l",
		"complete_link", "no", false},
	/* what sudo may reuse, sudo-i may not; off is strictest */
	{KEEP "[service sudo]\nreuse = 1h\n", "sudo", "reuse", "3600", false},
	{KEEP "[service sudo]\nreuse = 1h\n", "sudo-i", "reuse", "0", false},
	{KEEP "reuse = 1h\n", "sudo-i", "reuse", "3600", false},
	{KEEP "reuse = 1h\n[service sudo]\nreuse = 15m\n", "sudo-i", "reuse", "900", false},
	{KEEP "reuse = 15m\n[service sudo]\nreuse = 1h\n", "sudo-i", "reuse", "900", false},
	{KEEP "reuse = 1h\n[service sshd]\nreuse = off\n", "sudo-i", "reuse", "0", false},
	{KEEP "reuse = 1h\n[service sshd]\nreuse = off\n", "sshd", "reuse", "0", false},

	/* a login's own is stricter than a key's, the provider's word than a remembered one, and
	 * asking everybody than asking some */
	{KEEP "reuse = 1h\nbind = ssh-key\n[service sshd]\nbind = ssh-key\n", "sudo-i", "bind",
		"ssh-key", false},
	{KEEP "reuse = 1h\nbind = ssh-key\n[service sudo]\nbind = login\n", "sudo-i", "bind",
		"login", false},
	{KEEP "reuse = 1h\n[service sshd]\nbind = ssh-key\n", "sudo-i", "bind", "login", false},
	{KEEP "reuse = 1h\n[service sshd]\nbind = ssh-key\n", "sshd", "bind", "ssh-key", false},
	{KEEP "[service sudo]\nverify = cached\n", "sudo", "verify", "cached", false},
	{KEEP "[service sudo]\nverify = cached\n", "sudo-i", "verify", "always", false},
	{KEEP "verify = cached\n[service sudo]\nverify = always\n", "sudo-i", "verify", "always",
		false},
	{KEEP "verify = cached\nrecheck = 5m\n[service sudo]\nrecheck = 10s\n", "sudo-i", "recheck",
		"10", false},
	{KEEP "verify = cached\nrecheck = 5m\n[service sudo]\nrecheck = 10m\n", "sudo-i", "recheck",
		"300", false},
	{KEEP "[service sshd]\naccount = any\n", "sshd", "account", "any", false},
	{KEEP "[service sshd]\naccount = any\n", "login", "account", "any", false},
	{KEEP "[service sshd]\naccount = any\n[service login]\n", "login", "account", "session",
		false},
	{KEEP "account = any\n[service login]\naccount = session\n", "login", "account", "session",
		false},
	{KEEP "account = any\n[service login]\naccount = session\n", "su", "account", "any", false},

	/* lists that admit and have nothing in common: nobody */
	{"[service su]\nallow_users = a\n[service sudo]\nallow_users = b\n", "su-l", "allow_users",
		"", true},
	{"[service su]\nallow_users = a\n[service sudo]\nallow_users = b\n[service x]\n"
	 "allow_users = c\n",
		"su-l", "allow_users", "", true},
	{"[access]\nallow_groups = a\n[service sudo]\nallow_groups = b\n", "su-l", "allow_groups",
		"", true},
	{"[service su]\nacr = low\n[service sudo]\nacr = high\n", "su-l", "acr", "", true},

	/* what grants comes from nobody else's section, and only what all of them grant stays */
	{"[service su]\nsystem_users = root\n", "su-l", "system_users", "", false},
	{"[service sshd]\nroles = ops:deploy\n", "cockpit", "roles", "", false},
	{"[service login]\nignore_users = root\n", "sshd", "ignore_users", "", false},
	{"[access]\nignore_users = root\n[service sshd]\nrequire = publickey\n", "cron",
		"ignore_users", "root", false},
	{"[access]\nignore_users = root backup\n[service sshd]\nignore_users = root\n", "su",
		"ignore_users", "root", false},
	{"[user]\nsystem_users = root backup\n[service su]\nsystem_users = backup\n", "su-l",
		"system_users", "backup", false},
	{"[user]\nroles = ops:deploy\n[service su]\nroles = web:www\n", "su-l", "roles", "", false},
	{"[user]\nroles = ops:deploy\n[service su]\nqr = never\n", "su-l", "roles", "ops:deploy",
		false},

	/* neither way is strict */
	{"[service su]\nqr = never\nshow = text\n", "su-l", "qr", "auto", false},
	{"[prompt]\nlanguage = de\n[service su]\nlanguage = ko\n", "su", "language", "ko", false},
	{"[prompt]\nlanguage = de\n[service su]\nlanguage = ko\n", "su-l", "language", "de", false},
	{"[service su]\nqr = never\nshow = text\n", "su-l", "show", "auto", false},

	{CODE "[service su]\nloopback = no\n", "su-l", "loopback", "auto", false},

	/* the code flow is stricter than the device flow, and auto may be either */
	{CODE "[service su]\nflow = device\n", "su", "flow", "device", false},
	{CODE "[service su]\nflow = device\n", "su-l", "flow", "code", false},
	{REDIRECT "[service su]\nflow = code\n", "su", "flow", "code", false},
	{REDIRECT "[service su]\nflow = code\n", "su-l", "flow", "code", false},
	{REDIRECT "[service su]\nflow = auto\n", "su-l", "flow", "auto", false},
	{REDIRECT "[service su]\nflow = auto\n[service sudo]\nflow = code\n", "sshd", "flow",
		"code", false},
	{REDIRECT "[service su]\nflow = auto\n[service sudo]\nflow = device\n", "sshd", "flow",
		"auto", false},

	/* a name is compared as a whole */
	{"[service su]\nqr = never\n", "s", "qr", "auto", false},
	{"[service su]\nqr = never\n", "", "qr", "auto", false},
	{"[service su]\nqr = never\n", "SU", "qr", "auto", false},
};

static void a_service_gets_its_own_or_the_strictest(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		BUF_AUTO(text, CONFIG_MAX);
		BUF_AUTO(value, 4096);
		CONFIG_AUTO(config);
		struct config_error error;

		buf_printf(&text, BASE "%s", rows[i].text);
		int r = config_parse(
			buf_str(&text), text.len, "conf", rows[i].service, &config, &error);
		if (r < 0)
			fail_msg("row %zu: %s", i, error.text);
		show(config_key_find(rows[i].key), &config, &value);
		if (strcmp(buf_str(&value), rows[i].value) != 0)
			fail_msg("row %zu: %s for %s is %s\n%s", i, rows[i].key, rows[i].service,
				buf_str(&value), rows[i].text);
		if (config.access.allow_none != rows[i].none)
			fail_msg("row %zu: allow_none is %d", i, config.access.allow_none);
	}
}

static void who_has_a_section_is_told(void **state)
{
	static const struct {
		const char *service;
		bool own;
	} services[] = {{"su", true}, {"sudo", true}, {"su-l", false}, {"", false}};
	static const char text[] = BASE "[service su]\n[service sudo]\nqr = never\n";

	(void)state;
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		CONFIG_AUTO(config);
		struct config_error error;

		assert_int_equal(config_parse(text, strlen(text), "conf", services[i].service,
					 &config, &error),
			0);
		assert_int_equal(config.own_section, services[i].own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_gets_its_own_or_the_strictest),
		cmocka_unit_test(who_has_a_section_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
