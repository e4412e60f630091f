/* What is read beneath a root, and what is not: a tree with links that lead all ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "beneath.h"
#include "count.h"

/* A name that ends with a slash is a folder; with a TARGET, a link. */
static const struct {
	const char *path, *target;
} tree[] = {
	{"outside/", NULL},
	{"outside/secret", NULL},
	{"root/", NULL},
	{"root/etc/", NULL},
	{"root/etc/one.conf", NULL},
	{"root/etc/d/", NULL},
	{"root/etc/d/b.conf", NULL},
	{"root/etc/d/a.conf", NULL},
	{"root/etc/d/.hidden.conf", NULL},
	{"root/etc/d/a.conf~", NULL},
	{"root/etc/e/", NULL},
	{"root/etc/e/a.conf", NULL},
	{"root/etc/absolute", "/etc/one.conf"},
	{"root/etc/above", "../../outside/secret"},
	{"root/etc/far", "../../../../../../etc/one.conf"},
	{"root/etc/nowhere", "/outside/secret"},
	{"root/etc/self", "/etc/self"},
	{"root/lib", "/etc/d"},
};

struct place {
	char folder[32], root[64];
};

static void path_of(const struct place *place, size_t i, char ret[128])
{
	snprintf(ret, 128, "%s/%s", place->folder, tree[i].path);
}

static int plant(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char path[128];

	assert_non_null(place);
	strcpy(place->folder, "/tmp/beneath_XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->root, sizeof(place->root), "%s/root", place->folder);
	for (size_t i = 0; i < COUNT(tree); i++) {
		path_of(place, i, path);
		if (tree[i].target) {
			assert_int_equal(symlink(tree[i].target, path), 0);
		} else if (path[strlen(path) - 1] == '/') {
			assert_int_equal(mkdir(path, 0700), 0);
		} else {
			FILE *file = fopen(path, "we");
			assert_non_null(file);
			assert_true(fprintf(file, "this is %s", tree[i].path) > 0);
			assert_int_equal(fclose(file), 0);
		}
	}
	snprintf(path, sizeof(path), "%s/etc/fifo", place->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	*state = place;
	return 0;
}

static int fell(void **state)
{
	struct place *place = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/etc/fifo", place->root);
	assert_int_equal(unlink(path), 0);
	for (size_t i = COUNT(tree); i-- > 0;) {
		path_of(place, i, path);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(rmdir(place->folder), 0);
	free(place);
	return 0;
}

static void test_read(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: it is not read */
	} rows[] = {
		{"/etc/one.conf", "this is root/etc/one.conf"},
		{"/etc/absolute", "this is root/etc/one.conf"},
		{"/etc/far", "this is root/etc/one.conf"},
		{"/lib/a.conf", "this is root/etc/d/a.conf"},
		{"/../etc/one.conf", "this is root/etc/one.conf"},
		{"/etc/above", NULL},
		{"/etc/nowhere", NULL},
		{"/../outside/secret", NULL},
		{"/etc/self", NULL},
		{"/etc/fifo", NULL},
		{"/etc/d", NULL},
		{"/etc/nothing", NULL},
	};
	const struct place *place = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_AUTO(text, BENEATH_TEXT_MAX);
		int r = beneath_read(place->root, rows[i].path, &text);

		if (rows[i].text)
			assert_string_equal(buf_str(&text), rows[i].text);
		else if (r >= 0)
			fail_msg("%s was read: %s", rows[i].path, buf_str(&text));
	}
}

static void add(void *context, const char *path)
{
	buf_printf(context, "%s ", path);
}

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *found;
	} rows[] = {
		{"/etc/d/*.conf", "/etc/d/a.conf /etc/d/b.conf "},
		{"/etc/?/a.conf", "/etc/d/a.conf /etc/e/a.conf "},
		{"/lib/[b-z]*", "/lib/b.conf "},
		{"/*/one.conf", "/etc/one.conf "},
		{"//etc//one.conf", "/etc/one.conf "},
		{"/etc/one.conf", "/etc/one.conf "},
		{"/etc/absolute", "/etc/absolute "},
		{"/etc/above", ""},
		{"/outside/*", ""},
		{"/*/secret", ""},
		{"/nothing/*", ""},
	};
	const struct place *place = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_AUTO(found, 1024);

		assert_int_equal(beneath_match(place->root, rows[i].pattern, add, &found),
			*rows[i].found != '\0');
		assert_string_equal(buf_str(&found), rows[i].found);
	}
}

/* On this host itself a path is what it is. */
static void test_no_root(void **state)
{
	const struct place *place = *state;
	BUF_AUTO(text, BENEATH_TEXT_MAX);
	BUF_AUTO(found, 1024);
	char path[128];

	snprintf(path, sizeof(path), "%s/etc/above", place->root);
	assert_int_equal(beneath_read("", path, &text), 0);
	assert_string_equal(buf_str(&text), "this is outside/secret");
	snprintf(path, sizeof(path), "%s/etc/d/*.conf", place->root);
	assert_true(beneath_match("", path, add, &found));
	assert_non_null(strstr(buf_str(&found), "/etc/d/a.conf "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_no_root),
	};

	return cmocka_run_group_tests(tests, plant, fell);
}
