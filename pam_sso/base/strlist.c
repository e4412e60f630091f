#include "strlist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* There is room up to the next power of two, so it is full exactly when N is one (or 0). */
static int make_room(struct strlist *list)
{
	size_t n = list->n;

	if (n & (n - 1))
		return 0;
	char **items = reallocarray(list->items, n ? 2 * n : 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	list->items = items;
	return 0;
}

int strlist_add(struct strlist *list, const char *string)
{
	return strlist_add_n(list, string, strlen(string));
}

int strlist_add_n(struct strlist *list, const char *bytes, size_t len)
{
	char *copy = strndup(bytes, len);

	if (!copy)
		return -ENOMEM;
	if (make_room(list) < 0) {
		free(copy);
		return -ENOMEM;
	}
	list->items[list->n++] = copy;
	return 0;
}

int strlist_copy(struct strlist *to, const struct strlist *from)
{
	strlist_free(to);
	for (size_t i = 0; i < from->n; i++) {
		if (strlist_add(to, from->items[i]) < 0) {
			strlist_free(to);
			return -ENOMEM;
		}
	}
	return 0;
}

bool strlist_has(const struct strlist *list, const char *string)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], string) == 0)
			return true;
	return false;
}

void strlist_free(struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strlist){0};
}
