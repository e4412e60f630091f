#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "user_match.h"

#define EXAMPLE "([a-z]+)@example\\.com"

static const struct {
	const char *pattern;
	const char *template;
	const char *value;
	const char *name; /* NULL: no match, or the error */
	int error;
} rows[] = {
	{EXAMPLE, "{1}", "alice@example.com", "alice", 0},
	{EXAMPLE, "{0}", "alice@example.com", "alice@example.com", 0},
	{EXAMPLE, "u-{1}", "alice@example.com", "u-alice", 0},
	{EXAMPLE, "root", "alice@example.com", "root", 0},
	{"([a-z])[a-z]*\\.([a-z]+)@example\\.com", "{1}{2}{1}", "al.gore@example.com", "agorea", 0},
	{"(a)(b)(c)(d)(e)(f)(g)(h)(i)", "{9}{8}{7}{6}{5}{4}{3}{2}{1}", "abcdefghi", "ihgfedcba", 0},
	{"(adm-)?([a-z]+)", "{1}{2}", "bob", "bob", 0},
	{"(adm-)?([a-z]+)", "{1}{2}", "adm-bob", "adm-bob", 0},
	{"([a-z]+)|([0-9]+)", "{1}", "12", "", 0},

	/* the whole value */
	{EXAMPLE, "{1}", "alice@example.com.evil.org", NULL, -ENOENT},
	{EXAMPLE, "{1}", "alice@example.comx", NULL, -ENOENT},
	{EXAMPLE, "{1}", "xx alice@example.com", NULL, -ENOENT},
	{EXAMPLE, "{1}", "a@evil.com@example.com", NULL, -ENOENT},
	{EXAMPLE, "{1}", "alice@EXAMPLE.com", NULL, -ENOENT},
	{EXAMPLE, "{1}", "alice@example.com.", NULL, -ENOENT},
	{EXAMPLE, "{1}", "alice@sub.example.com", NULL, -ENOENT},
	{EXAMPLE, "{1}", "alice@examplexcom", NULL, -ENOENT},
	{EXAMPLE, "{1}", "alice@example.com ", NULL, -ENOENT},
	{EXAMPLE, "{1}", " alice@example.com", NULL, -ENOENT},
	{EXAMPLE, "{1}", "@example.com", NULL, -ENOENT},
	{EXAMPLE, "{1}", "alice", NULL, -ENOENT},

	/* alternatives: the longest at the leftmost place, whatever their order */
	{"a|ab", "{0}", "ab", "ab", 0},
	{"ab|a", "{0}", "ab", "ab", 0},
	{"a|b", "{0}", "ab", NULL, -ENOENT},
	{"b|ab", "{0}", "ab", "ab", 0},
	{"alice|bob", "{0}", "alicebob", NULL, -ENOENT},
	{"^alice|bob$", "{0}", "alice.eve", NULL, -ENOENT},
	{"^alice|bob$", "{0}", "evebob", NULL, -ENOENT},
	{"^(alice|bob)$", "{1}", "bob", "bob", 0},
	{"a*", "{0}", "b", NULL, -ENOENT},
	{"(a|ab)(c|bcd)(d*)", "{0}", "abcd", "abcd", 0},

	/* values that nothing matches */
	{".*", "{0}", "", NULL, -EINVAL},
	{".*", "{0}", "alice\n", NULL, -EINVAL},
	{".*", "{0}", "alice\nroot", NULL, -EINVAL},
	{".*", "{0}", "ali\tce", NULL, -EINVAL},
	{".*", "{0}", "\xd0\xb0lice", NULL, -EINVAL},
	{".*", "{0}",
		"ma\xc3\xb1"
		"a",
		NULL, -EINVAL},
	{".*", "{0}", "alice\x7f", NULL, -EINVAL},
	{"[^@]+", "{0}", "\xe2\x84\xaa", NULL, -EINVAL},

	/* a pair that nobody checked */
	{"(", "{1}", "a", NULL, -EINVAL},
	{"(a)", "{x}", "a", NULL, -EINVAL},
};

static void expect(size_t i)
{
	BUF_AUTO(name, 1024);
	int r = user_match_apply(rows[i].pattern, rows[i].template, rows[i].value, &name);

	if (r != rows[i].error)
		fail_msg("row %zu: %s is %d", i, rows[i].value, r);
	if (r == 0 && strcmp(buf_str(&name), rows[i].name) != 0)
		fail_msg("row %zu: %s is %s", i, rows[i].value, buf_str(&name));
}

static void the_whole_value_matches_or_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(i);
}

static void a_value_has_a_ceiling(void **state)
{
	char value[USER_MATCH_VALUE_MAX + 2] = "";
	BUF_AUTO(name, 1024);

	(void)state;
	memset(value, 'a', USER_MATCH_VALUE_MAX);
	assert_int_equal(user_match_apply("a*", "{0}", value, &name), 0);
	assert_string_equal(buf_str(&name), value);
	value[USER_MATCH_VALUE_MAX] = 'a';
	assert_int_equal(user_match_apply("a*", "{0}", value, &name), -EINVAL);
}

static void a_name_that_does_not_fit_is_an_error(void **state)
{
	BUF_AUTO(name, 5);

	(void)state;
	assert_int_equal(user_match_apply("a*", "{0}{0}x", "aaa", &name), -EMSGSIZE);
}

static const struct {
	const char *pattern;
	const char *template;
	const char *wrong; /* its beginning; NULL: nothing */
} pairs[] = {
	{EXAMPLE, "{1}", NULL},
	{EXAMPLE, "{0}", NULL},
	{"a\\\\1", "x", NULL},
	{"a\\.1", "x", NULL},
	{"a b", "a b", NULL},
	{EXAMPLE, "{2}", "has {2} in its template, and 1 groups"},
	{"a", "{1}", "has {1} in its template, and 0 groups"},
	{EXAMPLE, "{10}", "must have braces only"},
	{EXAMPLE, "{", "must have braces only"},
	{EXAMPLE, "}", "must have braces only"},
	{EXAMPLE, "{}", "must have braces only"},
	{EXAMPLE, "{1", "must have braces only"},
	{EXAMPLE, "{1}}", "must have braces only"},
	{EXAMPLE, "{-1}", "must have braces only"},
	{"(a)\\1", "{1}", "must not have back references"},
	{"(a)[b]\\\\\\1", "{1}", "must not have back references"},
	{"(a", "{1}", "must be a POSIX extended regular expression: "},
	{"[a", "{0}", "must be a POSIX extended regular expression: "},
	{"a\\", "{0}", "must be a POSIX extended regular expression: "},
	{"*{2}{", "{0}", "must be a POSIX extended regular expression: "},
	{"", "{0}", "must be printable ASCII"},
	{"\xc3\xa4", "{0}", "must be printable ASCII"},
};

static void a_pair_is_checked_before_it_is_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char wrong[256] = "";
		const char *wanted = pairs[i].wrong ? pairs[i].wrong : "";
		int r = user_match_check(pairs[i].pattern, pairs[i].template, wrong, sizeof(wrong));

		if (r != (pairs[i].wrong ? -EINVAL : 0) ||
			strncmp(wrong, wanted, strlen(wanted)) != 0)
			fail_msg("row %zu: %d, %s", i, r, wrong);
	}
}

/* Under a host whose locale has other letters, the same rows have the same answers. */
static void the_host_s_locale_changes_nothing(void **state)
{
	locale_t host = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);

	(void)state;
	assert_non_null(host);
	locale_t before = uselocale(host);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(i);
	assert_ptr_equal(uselocale((locale_t)0), host);
	uselocale(before);
	freelocale(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_value_matches_or_nothing),
		cmocka_unit_test(a_value_has_a_ceiling),
		cmocka_unit_test(a_name_that_does_not_fit_is_an_error),
		cmocka_unit_test(a_pair_is_checked_before_it_is_used),
		cmocka_unit_test(the_host_s_locale_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
