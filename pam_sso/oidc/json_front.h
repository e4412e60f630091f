/*
 * json_front: whether bytes are a JSON object, by the grammar of RFC 8259 and the limits of json.h.
 *
 * It looks at text only; making values of it is left to cJSON, which is laxer and so comes second.
 */
#ifndef PAM_SSO_JSON_FRONT_H
#define PAM_SSO_JSON_FRONT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of one number. cJSON 1.7 reads from a copy of 63 bytes, and would cut a longer one. */
enum { JSON_NUMBER_MAX = 63 };

/* Whether LEN bytes are one object by the rules that json_front.c opens with. */
bool json_front(const char *bytes, size_t len);

#endif
