/*
 * sudoers: what sudoers(5) says, of what matters to a sign-in.
 *
 * A backslash at the end of a line joins the next to it; `#` begins a comment, unless digits follow,
 * which are a uid's, or it begins an include. For whom a Defaults goes is left out: what goes for
 * some is told as well.
 *
 * Pure.
 */
#ifndef PAM_SSO_SUDOERS_H
#define PAM_SSO_SUDOERS_H

#include <stdbool.h>

#include "strlist.h"

struct sudoers {
	bool noninteractive;    /* noninteractive_auth: the last counts */
	struct strlist unasked; /* "FILE:LINE: WHY": somebody is not asked to prove anything */
	struct strlist kept; /* "FILE:LINE: WHY": a caller's variable stays, that programs heed when
				   they ask the network */
	int error;           /* 0 or -ENOMEM */
};

/* Who is told of what is included, in its place: a file, or a FOLDER of files. */
struct sudoers_events {
	void (*include)(void *context, const char *path, bool folder, struct sudoers *sudoers);
	void *context;
};

/* Adds what TEXT says, which is cut up, and stands in FILE. */
void sudoers_read(
	char *text, const char *file, struct sudoers *sudoers, const struct sudoers_events *events);

/* Whether a file of that name in an included folder is read. */
bool sudoers_is_read(const char *name);

void sudoers_free(struct sudoers *sudoers);

#endif
