/*
 * worker_request: what the worker is asked, from what the configuration says (wire.h).
 *
 * The client's secret or key is read from its file here, which only root can: the worker opens
 * neither. Each function returns REASON_OK and sets *ret, which the caller frees; or what is wrong
 * with the file, with *ret_error filled; or REASON_NO_MEMORY.
 */
#ifndef PAM_SSO_WORKER_REQUEST_H
#define PAM_SSO_WORKER_REQUEST_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"
#include "reason.h"
#include "record.h"
#include "session.h"

enum {
	/* Seconds that a job without a person may take, and each item of a refresh: `deadline`. */
	WORKER_REQUEST_SILENT = 15,
	/* Milliseconds in which the worker of a refresh must be ready for items: what it waits for
	 * before and behind that must end before the lock of a session does (store.h). */
	WORKER_REQUEST_READY_MS = 10 * 1000,
	/* Milliseconds that the worker gets beyond its deadline, so that its own last word is
	 * heard. */
	WORKER_REQUEST_GRACE_MS = 400,
	/* So a caller waits so many milliseconds for such a job, or such an item. */
	WORKER_REQUEST_ANSWER_MS = WORKER_REQUEST_SILENT * 1000 + WORKER_REQUEST_GRACE_MS,
};

/* Who signs in to what, and how they are reached. */
struct worker_request_person {
	const char *user, *service;
	const char *host;       /* this machine's name */
	enum language language; /* they are spoken to in */
	bool local;             /* the person may sit at this machine, and the browser be on it, */
	uid_t browser;          /* as a program of this user */
	bool sshd;              /* they are about to come in through sshd */
	bool qr;
	bool whole; /* all that the ID token claims is wanted, and no session */
};

/*
 * A login by that person. Where sessions are kept, it asks for the tokens too.
 *
 * 1. The user goes along as login_hint only where it is the very value that the identity provider
 *    will answer with: where preferred_username decides, and nothing maps, matches or assigns
 *    roles.
 * 2. What only the authorization code flow needs goes along only where that may be the flow.
 * 3. The worker listens on this machine only where redirect_uri is an address of it, and
 *    `loopback = yes`, or it is not `no` and the person is local; and to one user's browser only. Who is
 *    about to come in through sshd has no tunnel here yet: what came by one would be another's.
 */
enum reason worker_request_login(const struct config *config,
	const struct worker_request_person *person, struct record **ret,
	struct config_error *ret_error);

/* The refresh of sessions, which follow as items. POLICY: whether the new ID tokens must satisfy
 * acr, amr, max_age and required_claims of CONFIG. */
enum reason worker_request_refresh(const struct config *config, bool policy, struct record **ret,
	struct config_error *ret_error);

/* One of those sessions, which has a refresh token: a wire_item. */
enum reason worker_request_item(
	const struct session *session, struct record **ret, struct config_error *ret_error);

/* What the provider says of who has ACCESS_TOKEN. The person asks, who cannot read the client's
 * secret: the request has none, and the endpoint wants none (OpenID Connect Core 5.3.1). */
enum reason worker_request_userinfo(const struct config *config, const struct secret *access_token,
	struct record **ret, struct config_error *ret_error);

/* What the claims in DOCUMENT would come to, had an ID token them: JSON of one line. */
enum reason worker_request_explain(const struct config *config, const char *document,
	struct record **ret, struct config_error *ret_error);

/* All that is asked before a person is needed. */
enum reason worker_request_probe(
	const struct config *config, struct record **ret, struct config_error *ret_error);

/* The revocation of a session, which has a refresh token. */
enum reason worker_request_revoke(const struct config *config, const struct session *session,
	struct record **ret, struct config_error *ret_error);

#endif
