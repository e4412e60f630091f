/*
 * sshd_found: this host's sshd as it was found: by what it says of itself, else by its files.
 */
#ifndef PAM_SSO_SSHD_FOUND_H
#define PAM_SSO_SSHD_FOUND_H

#include "sshd_settings.h"
#include "strlist.h"

struct sshd_found {
	const char *from; /* where the settings are from; NULL where nothing can be read */
	struct sshd_settings settings;
	struct sshd_version version;
	/* "FILE:LINE: Match ...": those whose lines may not be among the settings. */
	struct strlist matches;
	char complaint[256]; /* what sshd said instead of its settings; "" */
};

/* The address that a login is taken to come from: nobody's (RFC 5737). */
#define SSHD_FOUND_ADDRESS "192.0.2.1"

/* As sshd at ROOT ("": this host's, which is asked) has it for USER, or for everybody where that is
 * NULL. sshd_found_free() frees. Returns 0 or -ENOMEM. */
int sshd_found_read(const char *root, const char *user, struct sshd_found *ret);
void sshd_found_free(struct sshd_found *found);

#endif
