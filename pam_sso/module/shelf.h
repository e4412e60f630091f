/*
 * shelf: where one call of a pam_sm_ function finds what earlier ones kept.
 *
 * 1. Bindings and store are opened only when something needs them: a Redis store starts a program.
 * 2. A store that failed is not asked again in the same call, so that nobody waits for it twice.
 */
#ifndef PAM_SSO_SHELF_H
#define PAM_SSO_SHELF_H

#include "binding.h"
#include "context.h"
#include "store.h"

struct shelf {
	struct bindings bindings;
	struct store store;
};

#define SHELF_CLOSED     {.bindings = {.dir = -1}, .store = {.dir = -1}}
#define SHELF_AUTO(name) __attribute__((cleanup(shelf_close))) struct shelf name = SHELF_CLOSED

/* Each opens what is not open yet. Returns 0 or a negative errno, with the context's words set where
 * the log needs any. */
int shelf_bindings(struct context *context, struct shelf *shelf);
int shelf_store(struct context *context, struct shelf *shelf);

/* What an operation of the store returned, noted for rule 2. Returns R. */
int shelf_heard(struct context *context, int r);

void shelf_close(struct shelf *shelf);

/* Logs what was done with the session ID (NULL: none yet), and takes the context's words with it. */
void shelf_log(struct context *context, const char *step, const char *id, int r);

#endif
