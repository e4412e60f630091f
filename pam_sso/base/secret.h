/*
 * secret: a value that must not be seen: a client secret, a device code, a token.
 *
 * It has a type of its own so that no function can print it by mistake: nothing here formats, and
 * the one way to its bytes is secret_reveal(), which is easy to search for. Freed, it is wiped.
 */
#ifndef PAM_SSO_SECRET_H
#define PAM_SSO_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret {
	char *bytes; /* NUL-terminated, or NULL where there is none */
	size_t len;
};

#define SECRET_AUTO(name) __attribute__((cleanup(secret_free))) struct secret name = {0}

/* Copies LEN bytes; an earlier value is wiped. Returns 0 or -ENOMEM (then there is no value). */
int secret_set(struct secret *secret, const void *bytes, size_t len);

/* Whether there is a value; an empty one is none. */
bool secret_present(const struct secret *secret);

/* The bytes as a string, "" where there is no value. Only for handing on to where it belongs. */
const char *secret_reveal(const struct secret *secret);

/* Wipes and frees. */
void secret_free(struct secret *secret);

/* Wipes and frees a string that held a secret. NULL does nothing. */
void secret_wipe_string(char *string);

#endif
