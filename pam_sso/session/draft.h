/*
 * draft: a request to a program of ours that is being made, from the configuration and the files
 * that it names.
 *
 * A value that does not fit is an error, and the first one stays: after it nothing more is added, so
 * a row of additions needs one check at its end.
 */
#ifndef PAM_SSO_DRAFT_H
#define PAM_SSO_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "reason.h"
#include "record.h"
#include "secret.h"
#include "strlist.h"

struct draft {
	struct record *record; /* may be missing, which the error says */
	int error;             /* 0, or as record_add() */
};

/* A draft that frees itself. */
#define DRAFT_AUTO(name, VOCABULARY)                                                               \
	__attribute__((cleanup(draft_free))) struct draft name = draft_begin(VOCABULARY)

struct draft draft_begin(const struct record_key *vocabulary);
void draft_free(struct draft *draft);

/* A value; NULL adds nothing. */
void draft_add(struct draft *draft, const char *key, const char *value);
void draft_add_int(struct draft *draft, const char *key, int64_t value);
void draft_add_bool(struct draft *draft, const char *key, bool value);
void draft_add_secret(struct draft *draft, const char *key, const struct secret *value);

/* Each item of LIST. */
void draft_add_list(struct draft *draft, const char *key, const struct strlist *list);

/* Each line of TEXT, which is consumed; empty ones are left out. */
void draft_add_lines(struct draft *draft, const char *key, struct buf *text);

/* The lines of the file at PATH, which file.h calls secret. It MUST have one, and no more where KEY
 * is no list. Returns REASON_OK; REASON_NO_MEMORY; or another reason, with *ret_error filled. */
enum reason draft_add_secret_file(
	struct draft *draft, const char *key, const char *path, struct config_error *ret_error);

#endif
