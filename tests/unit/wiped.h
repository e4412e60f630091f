/*
 * wiped: what explicit_bzero() was asked to wipe. It stands in for the C library's in a test.
 */
#ifndef PAM_SSO_TEST_WIPED_H
#define PAM_SSO_TEST_WIPED_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static char wiped[64 * 1024];
static size_t wiped_len;

/* Keeps what the bytes held as long as there is room, then wipes them in a way that stays. */
static inline void wiped_keep(void *bytes, size_t len)
{
	size_t room = sizeof(wiped) - wiped_len;
	size_t kept = len < room ? len : room;

	if (kept)
		memcpy(wiped + wiped_len, bytes, kept);
	wiped_len += kept;
	for (volatile char *at = bytes; len > 0; len--)
		*at++ = '\0';
}

static inline void wiped_forget(void)
{
	wiped_len = 0;
}

/* Whether TEXT was wiped since wiped_forget() or the last call. */
static inline bool wiped_has(const char *text)
{
	bool has = memmem(wiped, wiped_len, text, strlen(text)) != NULL;

	wiped_forget();
	return has;
}

/* With _FORTIFY_SOURCE a call goes to the second of the C library's two. */
#if __USE_FORTIFY_LEVEL > 0
void __explicit_bzero_chk(void *bytes, size_t len, size_t size);

void __explicit_bzero_chk(void *bytes, size_t len, size_t size)
{
	(void)size;
	wiped_keep(bytes, len);
}
#else
void explicit_bzero(void *bytes, size_t len)
{
	wiped_keep(bytes, len);
}
#endif

#endif
