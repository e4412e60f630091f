/*
 * fuzz: what every fuzzer has.
 *
 * A fuzzer is one function that takes any bytes, and aborts where something does not hold that must:
 * beside what the sanitizers see, what is read, written and read again is the same, and what is
 * accepted keeps the MUST sentences of its header. It keeps nothing from one call to the next.
 */
#ifndef PAM_SSO_FUZZ_H
#define PAM_SSO_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What must hold of any input. */
#define MUST(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

static inline _Noreturn void fuzz_broken(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

/* The bytes up to the first NUL as a string, which the caller frees. */
static inline char *fuzz_string(const uint8_t *bytes, size_t len)
{
	char *string = strndup((const char *)bytes, len);

	MUST(string != NULL);
	return string;
}

static inline void fuzz_free(char **string)
{
	free(*string);
}

#define FUZZ_STRING(name, bytes, len)                                                              \
	__attribute__((cleanup(fuzz_free))) char *name = fuzz_string((bytes), (len))

/* The bytes up to the first newline, which stays out; *BYTES and *LEN are what stands behind it. */
static inline char *fuzz_line(const uint8_t **bytes, size_t *len)
{
	const uint8_t *end = *len ? memchr(*bytes, '\n', *len) : NULL;
	size_t line = end ? (size_t)(end - *bytes) : *len;
	char *string = fuzz_string(*bytes, line);

	*bytes += line + (end ? 1 : 0);
	*len -= line + (end ? 1 : 0);
	return string;
}

#define FUZZ_LINE(name, bytes, len)                                                                \
	__attribute__((cleanup(fuzz_free))) char *name = fuzz_line((bytes), (len))

/* Whether what goes to a log is one line of printable ASCII. */
static inline bool fuzz_is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

#endif
