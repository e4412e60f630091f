/*
 * The map file (usermap.h): what is read, written and read again is the same map; a subject and a
 * name never meet; and what is wrong is named in one line.
 */
#include "fuzz.h"

#include <errno.h>

#include "buf.h"
#include "username.h"
#include "usermap.h"

static void write_map(const struct usermap *map, struct buf *out)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct usermap_entry *entry = &map->entries[i];

		buf_puts(out, entry->kind == USERMAP_SUBJECT ? "sub:" : "");
		buf_puts(out, entry->key);
		for (size_t n = 0; n < entry->users.n; n++) {
			buf_puts(out, " ");
			buf_puts(out, entry->users.items[n]);
		}
		buf_puts(out, "\n");
	}
	MUST(buf_error(out) == 0);
}

static void check_entry(const struct usermap *map, const struct usermap_entry *entry)
{
	const struct strlist *users = usermap_find(map, entry->kind, entry->key);

	MUST(users == &entry->users && users->n > 0 && *entry->key && entry->line > 0);
	MUST(entry->kind == USERMAP_SUBJECT || strncmp(entry->key, "sub:", 4) != 0);
	for (size_t i = 0; i < users->n; i++)
		MUST(username_valid(users->items[i]));
}

static void check_same(const struct usermap *one, const struct usermap *two)
{
	MUST(one->n == two->n);
	for (size_t i = 0; i < one->n; i++) {
		const struct usermap_entry *a = &one->entries[i];
		const struct usermap_entry *b = &two->entries[i];

		MUST(a->kind == b->kind && strcmp(a->key, b->key) == 0);
		MUST(a->users.n == b->users.n);
		for (size_t n = 0; n < a->users.n; n++)
			MUST(strcmp(a->users.items[n], b->users.items[n]) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct config_error error;
	USERMAP_AUTO(map);
	USERMAP_AUTO(again);
	BUF_AUTO(out, USERMAP_MAX);

	int r = usermap_parse((const char *)bytes, len, "map", &map, &error);
	MUST(r == 0 || (r == -EINVAL && map.n == 0));
	MUST((r == 0) == !*error.text && fuzz_is_printable(error.text));
	if (r < 0)
		return 0;
	for (size_t i = 0; i < map.n; i++)
		check_entry(&map, &map.entries[i]);
	write_map(&map, &out);
	MUST(usermap_parse(buf_str(&out), out.len, "map", &again, &error) == 0);
	check_same(&map, &again);
	return 0;
}
