/*
 * columns: how many columns of a terminal a text takes.
 *
 * Not wcwidth(): it goes by the process's locale, which is the host's. The ranges are those of
 * Unicode Standard Annex 11 (East Asian Width, W and F) that the catalogues may use; a combining
 * mark takes none. What is ambiguous there takes one.
 */
#ifndef PAM_SSO_COLUMNS_H
#define PAM_SSO_COLUMNS_H

#include <stddef.h>

/* The columns of UTF-8 TEXT, which has no line feed. A byte that is not UTF-8 takes one. Pure. */
size_t columns_of(const char *text);

#endif
