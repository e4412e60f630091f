/*
 * json_front: whether bytes are one JSON object, by the grammar of RFC 8259 and the limits of json.h.
 *
 * It looks at text only, and makes no value of it: that is cJSON's, which is laxer, and so comes second.
 */
#ifndef PAM_SSO_JSON_FRONT_H
#define PAM_SSO_JSON_FRONT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of one number. cJSON 1.7 copies a number into 64 bytes and would stop in the middle of a longer one. */
enum { JSON_NUMBER_MAX = 63 };

/* Whether LEN bytes are one object by the rules that json_front.c opens with. */
bool json_front(const char *bytes, size_t len);

#endif
