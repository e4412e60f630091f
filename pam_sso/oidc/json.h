/*
 * json: JSON from outside (RFC 8259), through a strict front before cJSON sees it.
 *
 * cJSON alone takes trailing text, 1e400, raw control characters and duplicate members, stops at
 * \u0000, and its plain look-ups ignore case. The front refuses: bytes that are not UTF-8, a byte
 * order mark, NUL and \u0000, raw control characters, lone surrogates, duplicate members of one
 * object (compared after unescaping), a depth over JSON_DEPTH, more than JSON_VALUES values, a
 * number that is not finite, and anything but white space behind the value. What it accepts, cJSON
 * reads to the same value.
 */
#ifndef PAM_SSO_JSON_H
#define PAM_SSO_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	JSON_DEPTH = 16,
	JSON_VALUES = 20000,
};

#define JSON_AUTO(name) __attribute__((cleanup(json_free_p))) cJSON *name = NULL

/* Reads one object of at most MAX bytes. NULL where the bytes are not one by the rules above, or
 * memory is short. The caller frees it with json_free(). */
cJSON *json_parse_object(const char *bytes, size_t len, size_t max);

/* Adds the JSON that json_parse_object() accepted to OUT as one line: without white space between its
 * tokens, and with control characters escaped. Numbers and names stay as they were
 * written. Returns as buf_add(). */
int json_compact(const char *bytes, size_t len, struct buf *out);

/* Wipes every string value and name, then frees: objects from outside hold tokens. NULL does
 * nothing. */
void json_free(cJSON *value);
void json_free_p(cJSON **value);

/* The member of that very name (case matters), or NULL; also where OBJECT is NULL or no object. */
const cJSON *json_member(const cJSON *object, const char *name);

/* A member's string, or NULL where it is missing or no string. Owned by OBJECT. */
const char *json_string(const cJSON *object, const char *name);

/* Whether a value is a whole number within MIN..MAX (both within +-2^53); then sets *ret. */
bool json_integer(const cJSON *value, int64_t min, int64_t max, int64_t *ret);

/* Whether a member is the JSON value true, and nothing that resembles it. */
bool json_is_true(const cJSON *object, const char *name);

#endif
