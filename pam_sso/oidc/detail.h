/*
 * detail: what was wrong with something from outside, as a line for the log.
 *
 * What is added is escaped (escape.h) and cut where the room ends, never within an escape. A DETAIL
 * that is NULL, or a size of 0, takes nothing.
 */
#ifndef PAM_SSO_DETAIL_H
#define PAM_SSO_DETAIL_H

#include <stddef.h>

/* Replaces what DETAIL, of SIZE bytes, holds. NULL as TEXT leaves it empty. */
void detail_set(char *detail, size_t size, const char *text);

/* Adds behind what it holds. NULL as TEXT adds nothing. */
void detail_add(char *detail, size_t size, const char *text);

#endif
