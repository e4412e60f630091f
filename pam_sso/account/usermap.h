/*
 * usermap: the map file: who at the IdP is which user here.
 *
 *	# a subject or a name    local users
 *	sub:248289761001         alice
 *	bob@example.com          bob deploy
 *
 * 1. A line is a key, blanks, and one or more user names, with blanks around it or not; one that
 *    begins with `#` is a comment, indented too: no key does.
 * 2. A key `sub:SUBJECT` is the subject of an ID token; any other is a mapped name (account.h). The
 *    two MUST never meet: a name is what people at some IdPs choose for themselves, so somebody
 *    named 248289761001, or sub:248289761001, is not that subject.
 * 3. A key is compared as a whole, byte by byte. A key that stands twice MUST be an error.
 * 4. A user name that username_valid() refuses, a control character, a line over 1024 bytes and a
 *    line with a key alone MUST be errors that name file and line; then nothing of the file counts.
 */
#ifndef PAM_SSO_USERMAP_H
#define PAM_SSO_USERMAP_H

#include <stddef.h>

#include "config.h"
#include "strlist.h"

enum {
	USERMAP_MAX = 1024 * 1024, /* bytes of the file */
	USERMAP_LINE = 1024,
};

enum usermap_kind { USERMAP_SUBJECT, USERMAP_NAME };

struct usermap_entry {
	enum usermap_kind kind;
	char *key; /* without `sub:` */
	struct strlist users;
	unsigned int line;
};

/* The entries in the order of their keys. */
struct usermap {
	struct usermap_entry *entries; /* NULL while n is 0 */
	size_t n;
};

#define USERMAP_AUTO(name) __attribute__((cleanup(usermap_free))) struct usermap name = {0}

/* Reads the file at PATH (checked as file.h says). Returns 0 and sets *ret, which usermap_free()
 * frees; or a negative errno with *ret_error filled, as config_load() does. */
int usermap_load(const char *path, struct usermap *ret, struct config_error *ret_error);

/* The same from bytes. Pure. */
int usermap_parse(const char *bytes, size_t len, const char *name, struct usermap *ret,
	struct config_error *ret_error);

/* The users of a subject or a name, or NULL. Owned by the map. */
const struct strlist *usermap_find(
	const struct usermap *map, enum usermap_kind kind, const char *key);

void usermap_free(struct usermap *map);

#endif
