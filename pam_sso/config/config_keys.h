/*
 * config_keys: every key of the configuration: its type, its default, what a value may look like,
 * whether a service may have its own, and which way is strict.
 *
 * A key's name is its own in the whole file, so a [service NAME] section needs no prefixes; and it
 * is the name of its field in struct config. conf/pam_sso.conf documents each; a test compares.
 */
#ifndef PAM_SSO_CONFIG_KEYS_H
#define PAM_SSO_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "config_form.h"

enum config_type {
	CONFIG_STRING, /* char * */
	CONFIG_LIST, /* struct strlist: items separated by blanks, in double quotes to have some */
	CONFIG_BOOL, /* bool: yes, no */
	CONFIG_WORD, /* an enum whose values are the words' places */
	CONFIG_NUMBER,   /* int64_t: a whole number */
	CONFIG_DURATION, /* int64_t: seconds, written 90s, 5m, 8h, 7d */
};

/* How the values of several sections become one for a service that has none (config.h, rule 3). */
enum config_strict {
	STRICT_NONE,      /* no value is stricter than another: what goes for all stands */
	STRICT_MIN,       /* the least; an age of "none" is more than any */
	STRICT_MAX,       /* the greatest; of words, the later */
	STRICT_UNION,     /* a list that refuses or demands: all that any of them has */
	STRICT_INTERSECT, /* a list that admits: what all of them have. Empty it admits everybody,
	                     so where they have nothing in common, allow_none is set */
	STRICT_GRANT,     /* a list that grants: what all of them have, what goes for all included.
	                     Empty it grants nothing */
};

struct config_key {
	const char *section;
	const char *name;
	enum config_type type;
	size_t offset;                  /* of its field in struct config */
	const char *fallback;           /* as the file would say it; NULL: none */
	bool required;                  /* the file must say it, or its profile */
	bool service;                   /* a [service NAME] section may say it */
	enum config_strict strict;      /* only with `service` */
	const struct config_form *form; /* of CONFIG_STRING and of a list's items */
	const char *const *words; /* what a CONFIG_WORD may be, or a list's items; ends with NULL */
	int64_t min, max;         /* of CONFIG_NUMBER and CONFIG_DURATION */
	const char *word;         /* a CONFIG_DURATION may be this instead; NULL: none */
	int64_t word_value;       /* and is this then */
};

enum { CONFIG_KEYS = 97 };

extern const struct config_key config_keys[CONFIG_KEYS];

/* The key of that name, or NULL. */
const struct config_key *config_key_find(const char *name);

/* The first key of the general section of that name, or NULL where there is no such section. */
const struct config_key *config_section_find(const char *section);

/* A key's place in the table, 0 to CONFIG_KEYS - 1. */
size_t config_key_index(const struct config_key *key);

#endif
