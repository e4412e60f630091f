/*
 * binding: which process of this machine a session stands behind.
 *
 * A login is the process that opened it, and everything that descends from there. Its binding is a
 * file, in the directory `logins` below the store's (rules 1 to 3 of store.h hold for it too), named
 * for the process (process.h), so that it is found without a search and a pid that is used again
 * finds nothing.
 *
 * 1. A binding begins as EXPECTED: a sign-in names the process that should open the login. Only
 *    that process makes it OPEN, and only an OPEN one lets anybody in again.
 * 2. Where another module let somebody in for whom the identity provider stands (`account = any`),
 *    it begins as STANDING_EXPECTED, and becomes STANDING in the same way: a login that ends with
 *    its session, and lets nobody in.
 * 3. It is over when its process is; and where nobody opened within BINDING_EXPECT seconds.
 * 4. One whose login closed is CLOSED, and over, where it has to be seen later that this was not
 *    followed by what it should be (`close_session = revoke`).
 * 5. It says which session it is, and no secret. Where a machine shares its store with others, this
 *    is all that the machine keeps.
 */
#ifndef PAM_SSO_BINDING_H
#define PAM_SSO_BINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"
#include "session.h"

enum { BINDING_EXPECT = 15 * 60 };

enum binding_state {
	BINDING_EXPECTED,
	BINDING_OPEN,
	BINDING_STANDING_EXPECTED,
	BINDING_STANDING,
	BINDING_CLOSED,
};

struct binding {
	struct process process;
	enum binding_state state;
	char session[SESSION_ID + 1];
	char *user;    /* PAM_USER of the sign-in */
	char *service; /* through which it came in */
	int64_t since; /* seconds since the epoch */
};

#define BINDING_AUTO(name) __attribute__((cleanup(binding_free))) struct binding name = {0}

struct bindings {
	int dir; /* -1: closed */
};

#define BINDINGS_AUTO(name)                                                                        \
	__attribute__((cleanup(bindings_close))) struct bindings name = {.dir = -1}

/* Opens those of the store's DIRECTORY, and makes what is missing, as store_open(). */
int bindings_open(const char *directory, struct bindings *ret);
void bindings_close(struct bindings *bindings);

/* Writes one over an earlier one of its process. Returns 0 or a negative errno: then the earlier
 * one stands. */
int binding_put(const struct bindings *bindings, const struct binding *binding);

/* That of a process. Returns 0 and sets *ret, which binding_free() frees; -ENOENT where there is
 * none; or another negative errno for what is none. */
int binding_get(
	const struct bindings *bindings, const struct process *process, struct binding *ret);

/* Removes that of a process. Returns 0, also where there was none; or a negative errno. */
int binding_remove(const struct bindings *bindings, const struct process *process);

/* Whether it is a login: OPEN or STANDING. */
bool binding_is_login(const struct binding *binding);

/* Whether it is, or is to be, a STANDING one. */
bool binding_is_standing(const struct binding *binding);

/* Makes the login that was expected one, of the same kind. NOW is seconds since the epoch. Returns 0,
 * or -ENOENT where none was expected, or rule 3 has something against it. */
int binding_open(struct binding *binding, int64_t now);

/* Whether rule 3 has nothing against it. NOW is seconds since the epoch. */
bool binding_lives(const struct binding *binding, int64_t now);

/* All that are there, living or not; what is no binding is left out. */
struct binding_list {
	struct binding *items;
	size_t n;
};
#define BINDING_LIST_AUTO(name)                                                                    \
	__attribute__((cleanup(binding_list_free))) struct binding_list name = {0}

/* Returns 0 and sets *ret, which binding_list_free() frees; or a negative errno. */
int binding_list(const struct bindings *bindings, struct binding_list *ret);
void binding_list_free(struct binding_list *list);

void binding_free(struct binding *binding);

#endif
