/*
 * strlist: a list of strings that grows and frees itself.
 */
#ifndef PAM_SSO_STRLIST_H
#define PAM_SSO_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

struct strlist {
	char **items; /* NULL while n is 0 */
	size_t n;
};

#define STRLIST_AUTO(name) __attribute__((cleanup(strlist_free))) struct strlist name = {0}

/* Adds a copy. Returns 0 or -ENOMEM. */
int strlist_add(struct strlist *list, const char *string);
int strlist_add_n(struct strlist *list, const char *bytes, size_t len);

/* Replaces what TO holds by copies of what FROM holds. Returns 0 or -ENOMEM (then TO is empty). */
int strlist_copy(struct strlist *to, const struct strlist *from);

/* Whether an item is byte-equal to STRING. */
bool strlist_has(const struct strlist *list, const char *string);

void strlist_free(struct strlist *list);

#endif
