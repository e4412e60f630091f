#include "usermap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_error.h"
#include "file.h"
#include "username.h"

#define BLANKS         " \t"
#define SUBJECT_PREFIX "sub:"

enum { ENTRIES_FIRST = 16 };

static int compare(const void *a, const void *b)
{
	const struct usermap_entry *left = a;
	const struct usermap_entry *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return strcmp(left->key, right->key);
}

/* A number of entries that is a power of two and at least ENTRIES_FIRST is a full block. */
static int make_room(struct usermap *map)
{
	if (map->n & (map->n - 1) || (map->n && map->n < ENTRIES_FIRST))
		return 0;
	size_t size = map->n ? 2 * map->n : ENTRIES_FIRST;
	struct usermap_entry *entries = reallocarray(map->entries, size, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	map->entries = entries;
	return 0;
}

/* Adds the entry that a line is to be. What it owns goes with the map from here. */
static struct usermap_entry *add_entry(struct usermap *map, unsigned int line)
{
	if (make_room(map) < 0)
		return NULL;
	struct usermap_entry *entry = &map->entries[map->n++];
	*entry = (struct usermap_entry){.line = line};
	return entry;
}

static int set_key(struct usermap_entry *entry, const char *key, const struct config_place *place)
{
	size_t prefix = strlen(SUBJECT_PREFIX);
	bool subject = strncmp(key, SUBJECT_PREFIX, prefix) == 0;

	entry->kind = subject ? USERMAP_SUBJECT : USERMAP_NAME;
	entry->key = strdup(subject ? key + prefix : key);
	if (!entry->key)
		return -ENOMEM;
	if (!*entry->key)
		return config_wrong(place, "there is no subject behind `sub:`");
	return 0;
}

static int add_user(struct usermap_entry *entry, const char *user, const struct config_place *place)
{
	if (!username_valid(user))
		return config_wrong(place, "`%s` cannot be a local user's name", user);
	return strlist_add(&entry->users, user);
}

/* TEXT is a line that is neither blank nor a comment. It is cut up. */
static int read_entry(struct usermap *map, char *text, const struct config_place *place)
{
	char *rest = NULL;
	char *word = strtok_r(text, BLANKS, &rest);
	struct usermap_entry *entry = add_entry(map, place->line);

	if (!entry)
		return -ENOMEM;
	int r = set_key(entry, word, place);
	while (r == 0 && (word = strtok_r(NULL, BLANKS, &rest)))
		r = add_user(entry, word, place);
	if (r == 0 && entry->users.n == 0)
		return config_wrong(place, "there is no local user behind `%s`", entry->key);
	return r;
}

static int read_line(struct usermap *map, const char *line, size_t len, struct config_place *place)
{
	char text[USERMAP_LINE + 1];

	if (len > USERMAP_LINE)
		return config_wrong(place, "the line is longer than %d bytes", USERMAP_LINE);
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return config_wrong(
				place, "there is a control character in column %zu", i + 1);
	memcpy(text, line, len);
	text[len] = '\0';
	const char *first = text + strspn(text, BLANKS);
	if (*first == '#' || !*first)
		return 0;
	return read_entry(map, text, place);
}

static int read_lines(
	struct usermap *map, const char *bytes, size_t len, struct config_place *place)
{
	const char *end = bytes + len;
	int r = 0;

	while (bytes < end && r == 0) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline ? newline : end;

		place->line++;
		r = read_line(map, bytes, (size_t)(stop - bytes), place);
		bytes = newline ? newline + 1 : end;
	}
	return r;
}

/* The entries are in order: equal keys are neighbours. */
static int check_twice(const struct usermap *map, struct config_place *place)
{
	for (size_t i = 1; i < map->n; i++) {
		const struct usermap_entry *a = &map->entries[i - 1];
		const struct usermap_entry *b = &map->entries[i];

		if (compare(a, b) != 0)
			continue;
		place->line = a->line > b->line ? a->line : b->line;
		return config_wrong(place, "`%s` stands in line %u already", a->key,
			a->line > b->line ? b->line : a->line);
	}
	return 0;
}

int usermap_parse(const char *bytes, size_t len, const char *name, struct usermap *ret,
	struct config_error *ret_error)
{
	struct config_place place = {.file = name, .error = ret_error};
	USERMAP_AUTO(map);

	*ret_error = (struct config_error){0};
	int r = read_lines(&map, bytes, len, &place);
	if (r == 0 && map.n > 0) {
		qsort(map.entries, map.n, sizeof(*map.entries), compare);
		r = check_twice(&map, &place);
	}
	if (r == -ENOMEM)
		config_wrong(&place, "cannot be read: memory is short");
	if (r < 0)
		return r;
	*ret = map;
	map = (struct usermap){0};
	return 0;
}

int usermap_load(const char *path, struct usermap *ret, struct config_error *ret_error)
{
	BUF_AUTO(bytes, USERMAP_MAX);
	int r = file_read(path, FILE_PUBLIC, &bytes);

	if (r < 0) {
		config_wrong(&(struct config_place){.file = path, .error = ret_error}, "%s",
			file_error_text(r));
		return r;
	}
	return usermap_parse(buf_str(&bytes), bytes.len, path, ret, ret_error);
}

const struct strlist *usermap_find(
	const struct usermap *map, enum usermap_kind kind, const char *key)
{
	/* Only compared with, never written through. */
	struct usermap_entry wanted = {.kind = kind, .key = (char *)key};

	if (map->n == 0)
		return NULL;
	const struct usermap_entry *entry = bsearch(
		&wanted, map->entries, map->n, sizeof(*map->entries), compare);
	return entry ? &entry->users : NULL;
}

void usermap_free(struct usermap *map)
{
	for (size_t i = 0; i < map->n; i++) {
		free(map->entries[i].key);
		strlist_free(&map->entries[i].users);
	}
	free(map->entries);
	*map = (struct usermap){0};
}
