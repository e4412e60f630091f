#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "usermap.h"

static const char map_text[] = "# a comment\n"
			       "\n"
			       "sub:248289761001\talice\n"
			       "bob@example.com   bob deploy  \n"
			       "  carol  carol\n"
			       "#dave dave\n"
			       " \t#erin erin\n"
			       "248289761001 mallory\n"
			       "sub:sub:x eve\n"
			       "sub:https://idp.example.com/u?id=1;x#f=2 frank\n"
			       "\xd0\xb0lice alice2\n"
			       "Zed zed";

static const struct {
	enum usermap_kind kind;
	const char *key;
	const char *users; /* joined by `|`, or NULL */
} lookups[] = {
	{USERMAP_SUBJECT, "248289761001", "alice"},
	{USERMAP_NAME, "248289761001", "mallory"},
	{USERMAP_NAME, "sub:248289761001", NULL},
	{USERMAP_SUBJECT, "sub:248289761001", NULL},
	{USERMAP_SUBJECT, "sub:x", "eve"},
	{USERMAP_NAME, "sub:x", NULL},
	{USERMAP_NAME, "bob@example.com", "bob|deploy"},
	{USERMAP_SUBJECT, "bob@example.com", NULL},
	{USERMAP_NAME, "Bob@example.com", NULL},
	{USERMAP_NAME, "bob@example.com ", NULL},
	{USERMAP_NAME, "bob@example.co", NULL},
	{USERMAP_NAME, "bob@example.com.evil", NULL},
	{USERMAP_NAME, "carol", "carol"},
	{USERMAP_NAME, "dave", NULL},
	{USERMAP_NAME, "#dave", NULL},
	{USERMAP_NAME, "#erin", NULL},
	{USERMAP_NAME, "alice", NULL},
	{USERMAP_NAME, "\xd0\xb0lice", "alice2"},
	{USERMAP_SUBJECT, "https://idp.example.com/u?id=1;x#f=2", "frank"},
	{USERMAP_NAME, "Zed", "zed"},
	{USERMAP_NAME, "", NULL},
	{USERMAP_SUBJECT, "", NULL},
};

static void a_key_is_found_as_a_whole(void **state)
{
	USERMAP_AUTO(map);
	struct config_error error;

	(void)state;
	assert_int_equal(usermap_parse(map_text, strlen(map_text), "map", &map, &error), 0);
	assert_string_equal(error.text, "");
	for (size_t i = 0; i < sizeof(lookups) / sizeof(*lookups); i++) {
		BUF_AUTO(users, 256);
		const struct strlist *found = usermap_find(&map, lookups[i].kind, lookups[i].key);

		for (size_t j = 0; found && j < found->n; j++)
			buf_printf(&users, "%s%s", j ? "|" : "", found->items[j]);
		if (!found != !lookups[i].users ||
			(found && strcmp(buf_str(&users), lookups[i].users) != 0))
			fail_msg("row %zu: %s is %s", i, lookups[i].key, buf_str(&users));
	}
}

static const struct {
	const char *text;
	const char *error;
} wrong[] = {
	{"alice\n", "map:1: there is no local user behind `alice`"},
	{"# x\n\nalice  \n", "map:3: there is no local user behind `alice`"},
	{"sub: alice\n", "map:1: there is no subject behind `sub:`"},
	{"a b c/d\n", "map:1: `c/d` cannot be a local user's name"},
	{"a b # comment\n", "map:1: `#` cannot be a local user's name"},
	{"a -rf\n", "map:1: `-rf` cannot be a local user's name"},
	{"a 0\n", "map:1: `0` cannot be a local user's name"},
	{"a b,c\n", "map:1: `b,c` cannot be a local user's name"},
	{"a ..\n", "map:1: `..` cannot be a local user's name"},
	{"a b\xc3\xbc\n", "map:1: `b??` cannot be a local user's name"},
	{"a b\r\n", "map:1: there is a control character in column 4"},
	{"a b\x1b\n", "map:1: there is a control character in column 4"},
	{"# \x7f\n", "map:1: there is a control character in column 3"},
	{"a b\nc d\na e\n", "map:3: `a` stands in line 1 already"},
	{"a b\na b\n", "map:2: `a` stands in line 1 already"},
	{"sub:a b\nc d\nsub:a b\n", "map:3: `a` stands in line 1 already"},
};

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		USERMAP_AUTO(map);
		struct config_error error;
		int r = usermap_parse(wrong[i].text, strlen(wrong[i].text), "map", &map, &error);

		if (r != -EINVAL || strcmp(error.text, wrong[i].error) != 0)
			fail_msg("row %zu: %d, %s", i, r, error.text);
		assert_null(map.entries);
	}
}

static void a_nul_is_refused(void **state)
{
	static const char text[] = "alice\0x bob\n";
	USERMAP_AUTO(map);
	struct config_error error;

	(void)state;
	assert_int_equal(usermap_parse(text, sizeof(text) - 1, "map", &map, &error), -EINVAL);
	assert_string_equal(error.text, "map:1: there is a control character in column 6");
}

static void a_line_has_a_ceiling(void **state)
{
	(void)state;
	for (size_t len = USERMAP_LINE - 1; len <= USERMAP_LINE + 1; len++) {
		USERMAP_AUTO(map);
		BUF_AUTO(text, 4096);
		struct config_error error;

		while (text.len < len - strlen(" bob"))
			buf_puts(&text, "x");
		buf_puts(&text, " bob");
		int r = usermap_parse(buf_str(&text), text.len, "map", &map, &error);
		assert_int_equal(r, len <= USERMAP_LINE ? 0 : -EINVAL);
	}
}

static void many_entries_are_all_found(void **state)
{
	enum { ENTRIES = 5000 };
	BUF_AUTO(text, USERMAP_MAX);
	USERMAP_AUTO(map);
	struct config_error error;

	(void)state;
	/* 7919 is prime: every number once, and in no order. */
	for (int i = 0; i < ENTRIES; i++)
		buf_printf(&text, "sub:%d user%d\n", i * 7919 % ENTRIES, i * 7919 % ENTRIES);
	assert_int_equal(usermap_parse(buf_str(&text), text.len, "map", &map, &error), 0);
	assert_int_equal(map.n, ENTRIES);
	for (int i = 0; i < ENTRIES; i++) {
		char key[32];
		char user[32];

		snprintf(key, sizeof(key), "%d", i);
		snprintf(user, sizeof(user), "user%d", i);
		const struct strlist *users = usermap_find(&map, USERMAP_SUBJECT, key);
		assert_non_null(users);
		assert_string_equal(users->items[0], user);
	}
}

static void an_empty_map_has_nobody(void **state)
{
	USERMAP_AUTO(map);
	struct config_error error;

	(void)state;
	assert_int_equal(usermap_parse("", 0, "map", &map, &error), 0);
	assert_null(usermap_find(&map, USERMAP_NAME, "alice"));
}

static void a_file_is_loaded(void **state)
{
	USERMAP_AUTO(map);
	struct config_error error;
	char path[] = "/tmp/test_usermap.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, map_text, strlen(map_text)), strlen(map_text));
	close(fd);
	assert_int_equal(usermap_load(path, &map, &error), 0);
	assert_non_null(usermap_find(&map, USERMAP_NAME, "carol"));
	unlink(path);
	assert_int_equal(usermap_load(path, &map, &error), -ENOENT);
	assert_memory_equal(error.text, path, strlen(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_found_as_a_whole),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(a_line_has_a_ceiling),
		cmocka_unit_test(many_entries_are_all_found),
		cmocka_unit_test(an_empty_map_has_nobody),
		cmocka_unit_test(a_file_is_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
