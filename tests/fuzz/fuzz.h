/*
 * fuzz: what each program of this folder is: libFuzzer calls it with bytes that nobody thought of, and
 * the sanitizers watch. A rule that must hold whatever the bytes are is a MUST(); broken, it ends the
 * program, and libFuzzer keeps the input.
 */
#ifndef PAM_SSO_FUZZ_H
#define PAM_SSO_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MUST(rule)                                                                                 \
	do {                                                                                       \
		if (!(rule))                                                                       \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
