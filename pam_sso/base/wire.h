/*
 * wire: who speaks to whom, and the words they have. The records themselves are in record.h.
 *
 *	caller (module, ssoctl)                         sso-worker
 *	    wire_request  job=login  ───────────────────▶
 *	                             ◀───────────────────  wire_event  event=prompt   (at most one)
 *	                             ◀───────────────────  wire_event  event=result   (exactly one)
 *	    either side closes the socket: the other stops at once
 *
 * A login by the authorization code flow needs what the provider sent back through the browser. The
 * person pastes it, as often as the worker asks again; or the browser brings it to the worker's own
 * loopback address. The first that is good counts:
 *
 *	                             ◀───────────────────  wire_event  event=prompt  flow=code
 *	    wire_paste    text=…     ───────────────────▶
 *	                             ◀───────────────────  wire_event  event=again   (or the result)
 *
 * A refresh renews many sessions over one connection. Once the worker is ready to send refresh tokens
 * to the provider, it says so; then an item stands for each session, sent whenever the caller is
 * ready for it, and answered once, in any order:
 *
 *	    wire_request  job=refresh ──────────────────▶
 *	                             ◀───────────────────  wire_event  event=ready   (exactly one)
 *	    wire_item     id=…       ───────────────────▶   (any number)
 *	                             ◀───────────────────  wire_event  event=renewed  id=…
 *	    the caller shuts down its writing side
 *	                             ◀───────────────────  wire_event  event=result   (exactly one)
 *
 * No more than WIRE_ITEMS of them are unanswered at a time. Each is answered within the request's
 * `deadline`, counted from when it came. The result's reason is `ok` where all were answered,
 * whatever the answers say; an item that a regular result leaves unanswered was not sent to the
 * provider.
 *
 * A result counts only when it is whole, its reason is `ok` and the worker's exit status is
 * WIRE_EXIT_OK. A result with any other reason comes with WIRE_EXIT_REFUSED. End of file without a
 * result, or another exit status, is REASON_WORKER.
 *
 * Neither side says its version, for the words do. A word, once released, MUST NOT come to mean
 * something else: what does is another word, and a record with a word that its reader lacks is none.
 * So where a caller and a program are of different versions, as while a package is upgraded under a
 * host that has the module in memory, they do the job together, or nobody could be asked.
 */
#ifndef PAM_SSO_WIRE_H
#define PAM_SSO_WIRE_H

#include "record.h"

/* The descriptor on which the worker finds its socket. */
enum { WIRE_FD = 3 };

/* Items of a refresh that may be unanswered at a time. */
enum { WIRE_ITEMS = 32 };

/* Exit statuses of the worker. */
enum {
	WIRE_EXIT_REFUSED = 0, /* it did its job, and the answer is no */
	WIRE_EXIT_BROKEN = 1,  /* no request that could be read, or the worker could not go on */
	WIRE_EXIT_OK = 42,     /* it did its job, and the answer is yes: no accident ends so */
};

#define WIRE_JOB_LOGIN     "login"
#define WIRE_JOB_REFRESH   "refresh"  /* renew sessions: no prompt; RFC 6749 section 6 */
#define WIRE_JOB_REVOKE    "revoke"   /* give its tokens back: no prompt; RFC 7009 */
#define WIRE_JOB_USERINFO  "userinfo" /* ask about the token's owner; OpenID Connect Core 5.3 */
#define WIRE_JOB_PROBE     "probe"    /* ask all that needs no person: no prompt */
#define WIRE_JOB_EXPLAIN   "explain"  /* what claims that are handed over come to */
#define WIRE_EVENT_PROMPT  "prompt"
#define WIRE_EVENT_AGAIN   "again"
#define WIRE_EVENT_READY   "ready"
#define WIRE_EVENT_RENEWED "renewed"
#define WIRE_EVENT_RESULT  "result"
#define WIRE_FLOW_DEVICE   "device"
#define WIRE_FLOW_AUTO     "auto"
#define WIRE_FLOW_CODE     "code"
#define WIRE_YES           "yes"
#define WIRE_NO            "no"

/*
 * X(key, list): what the request of a job holds. Durations are whole seconds.
 *
 * job		one of WIRE_JOB_*
 * provider	issuer, client_id, client_auth (an OAuth method name), client_secret, client_key
 *		(list: the lines of its PEM file), client_key_id, client_assertion_alg, scope,
 *		device_authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint,
 *		revocation_endpoint (each overrides discovery), discovery (yes, no)
 * flow		of a login: flow (device, code; auto: device where the provider offers it to this
 *		client, else code), redirect_uri, authorization_endpoint,
 *		pushed_authorization_request_endpoint, pushed (auto, always, never),
 *		authorization_prompt, authorization_parameter (list of `name=value`: parameter.h),
 *		label (for whom, for the page that shows the answer), loopback (yes: the worker
 *		listens there; the redirect_uri's host is 127.0.0.1 or [::1]), loopback_uid (of the
 *		user whose programs it listens to), language (message.h; of the page that it shows
 *		there, English where nothing is said); device_pkce (yes: the device flow with a code
 *		challenge), verification_url (yes: the address of its reply may be called so)
 * token	alg, audience, acr, amr (lists), skew, max_age, required_claim (list of
 *		`path=value`)
 * identity	claim (list of dotted paths whose values are wanted), groups_claim (a dotted path),
 *		userinfo (yes: groups and claims that the ID token lacks come from there)
 * prompt	of a login: login_hint, qr (yes, no), complete_link (yes, no)
 * session	of a login: tokens (yes: its result brings the session's tokens); of a revoke:
 *		refresh_token; of a userinfo: access_token
 * claims	of a login: whole (yes: its result brings all that the ID token claims); of an
 *		explain: document (the payload of an ID token that nobody verified, as JSON)
 * network	ca_file, ca_dir, proxy, tls_min (1.2, 1.3), connect_timeout, request_timeout,
 *		deadline (of a refresh: of each item)
 */
#define WIRE_REQUEST_KEYS(X)                                                                       \
	X(job, false)                                                                              \
	X(issuer, false)                                                                           \
	X(client_id, false)                                                                        \
	X(client_auth, false)                                                                      \
	X(client_secret, false)                                                                    \
	X(client_key, true)                                                                        \
	X(client_key_id, false)                                                                    \
	X(client_assertion_alg, false)                                                             \
	X(scope, false)                                                                            \
	X(discovery, false)                                                                        \
	X(device_authorization_endpoint, false)                                                    \
	X(token_endpoint, false)                                                                   \
	X(jwks_uri, false)                                                                         \
	X(userinfo_endpoint, false)                                                                \
	X(alg, true)                                                                               \
	X(audience, true)                                                                          \
	X(acr, true)                                                                               \
	X(amr, true)                                                                               \
	X(skew, false)                                                                             \
	X(max_age, false)                                                                          \
	X(required_claim, true)                                                                    \
	X(claim, true)                                                                             \
	X(groups_claim, false)                                                                     \
	X(userinfo, false)                                                                         \
	X(flow, false)                                                                             \
	X(redirect_uri, false)                                                                     \
	X(authorization_endpoint, false)                                                           \
	X(pushed_authorization_request_endpoint, false)                                            \
	X(pushed, false)                                                                           \
	X(authorization_prompt, false)                                                             \
	X(authorization_parameter, true)                                                           \
	X(label, false)                                                                            \
	X(loopback, false)                                                                         \
	X(loopback_uid, false)                                                                     \
	X(language, false)                                                                         \
	X(device_pkce, false)                                                                      \
	X(verification_url, false)                                                                 \
	X(login_hint, false)                                                                       \
	X(qr, false)                                                                               \
	X(complete_link, false)                                                                    \
	X(revocation_endpoint, false)                                                              \
	X(tokens, false)                                                                           \
	X(refresh_token, false)                                                                    \
	X(access_token, false)                                                                     \
	X(whole, false)                                                                            \
	X(document, false)                                                                         \
	X(ca_file, false)                                                                          \
	X(ca_dir, false)                                                                           \
	X(proxy, false)                                                                            \
	X(tls_min, false)                                                                          \
	X(connect_timeout, false)                                                                  \
	X(request_timeout, false)                                                                  \
	X(deadline, false)

/* X(key, list): what a person pasted, one line, as it came (at most 4096 bytes). */
#define WIRE_PASTE_KEYS(X) X(text, false)

/*
 * X(key, list): one session that is to be renewed: its id, which the answer repeats, its
 * refresh_token, and of its last ID token sub, auth_time (-1: was not claimed) and token_iat.
 */
#define WIRE_ITEM_KEYS(X)                                                                          \
	X(id, false)                                                                               \
	X(refresh_token, false)                                                                    \
	X(sub, false)                                                                              \
	X(auth_time, false)                                                                        \
	X(token_iat, false)

/*
 * X(key, list): what the worker says.
 *
 * event		one of WIRE_EVENT_*
 * again	part (a number: the answer came in part, and this one is needed next); or reason
 *		(answer) and detail: it was not the answer; left (how many more may be wrong)
 * renewed	id of the item; reason and what a result has with it: detail, the facts, the tokens.
 *		retry_after: seconds that the provider wants to be left alone, where it said so
 * prompt	flow (code; else device). Of code: authorization_uri, expires_in, qr, listening (yes:
 *		a browser on this machine brings the answer by itself). Of device: verification_uri (the one to print), user_code, expires_in (seconds), qr (list: the
 *		lines of the QR code of verification_uri, of U+2580, U+2584, U+2588 and spaces)
 * result	reason (reason.h); detail (what was wrong, for the log); note (list: what the log
 *		should have beside it, such as a key that was skipped); requests, connections (what
 *		the job cost at the IdP); sandbox (what of it is in force: `seccomp,landlock:ABI`,
 *		with `no-` before what the kernel does not have)
 * of a probe	with any reason: clock (seconds that the provider's is ahead), keys (how many
 *		can be used)
 * with ok	but not of a revoke: iss, sub; claim (list of `path=value`, strings of the wanted
 *		paths that are there); email_verified (yes only where the claim is the JSON value
 *		true, in the document that email is from); groups (yes where the groups claim was
 *		there and all of it is told), group (list); acr, amr (list), auth_time (as claimed)
 * tokens	of a login that asks for them, and of an item renewed: access_token,
 *		access_expires_in (seconds, -1: not said), refresh_token, token_iat. An item whose
 *		later checks fail still brings a new refresh_token with its reason, since the old
 *		one is spent
 * userinfo	of that job: userinfo (the claims, as one line of JSON)
 * claims	of a login that asks for them: document (the ID token's payload, likewise)
 */
#define WIRE_EVENT_KEYS(X)                                                                         \
	X(event, false)                                                                            \
	X(flow, false)                                                                             \
	X(authorization_uri, false)                                                                \
	X(listening, false)                                                                        \
	X(part, false)                                                                             \
	X(left, false)                                                                             \
	X(verification_uri, false)                                                                 \
	X(user_code, false)                                                                        \
	X(expires_in, false)                                                                       \
	X(qr, true)                                                                                \
	X(reason, false)                                                                           \
	X(detail, false)                                                                           \
	X(note, true)                                                                              \
	X(iss, false)                                                                              \
	X(sub, false)                                                                              \
	X(claim, true)                                                                             \
	X(email_verified, false)                                                                   \
	X(groups, false)                                                                           \
	X(group, true)                                                                             \
	X(acr, false)                                                                              \
	X(amr, true)                                                                               \
	X(auth_time, false)                                                                        \
	X(access_token, false)                                                                     \
	X(access_expires_in, false)                                                                \
	X(refresh_token, false)                                                                    \
	X(token_iat, false)                                                                        \
	X(id, false)                                                                               \
	X(retry_after, false)                                                                      \
	X(userinfo, false)                                                                         \
	X(document, false)                                                                         \
	X(requests, false)                                                                         \
	X(connections, false)                                                                      \
	X(clock, false)                                                                            \
	X(keys, false)                                                                             \
	X(sandbox, false)

/*
 * The store's conversation: caller and sso-store, as long as the caller wants. Each request gets one
 * reply (a list: many, all but the last with more=yes); the first request is an open. The caller
 * closes the socket, and the program ends.
 *
 * X(key, list): what is asked.
 *
 * op		open, get, find, put, remove, end, list, lock, unlock
 * open		url (redis:// or rediss://, host, port, /database), user, password, ca_file, ca_dir,
 *		key (list: 64 hexadecimal digits each; the first seals, all open), timeout
 *		(milliseconds, of each operation; of a list, of each of its rounds)
 * others	id; index (list: labels under which it is found, and by which to find it: any text);
 *		line (list: the session's record, line by line, its empty one left out); version
 *		(that was read, 0: none); ttl (seconds); owner and ttl_ms (of a lock)
 */
#define WIRE_STORE_KEYS(X)                                                                         \
	X(op, false)                                                                               \
	X(url, false)                                                                              \
	X(user, false)                                                                             \
	X(password, false)                                                                         \
	X(ca_file, false)                                                                          \
	X(ca_dir, false)                                                                           \
	X(key, true)                                                                               \
	X(timeout, false)                                                                          \
	X(id, false)                                                                               \
	X(index, true)                                                                             \
	X(line, true)                                                                              \
	X(version, false)                                                                          \
	X(ttl, false)                                                                              \
	X(owner, false)                                                                            \
	X(ttl_ms, false)

/*
 * X(key, list): what comes back.
 *
 * status	ok; none (there is no such session); ended (it was ended); stale (another version
 *		stands there); locked (somebody else has the lock); damaged (what stands there is
 *		none of ours); away (no answer in time, or none that makes sense); refused (user,
 *		password, or what they may do); full (no memory left there); invalid (the request)
 * detail	what was wrong, for the log
 * of a get	line (list), version; of a find: id as well
 * of a put	version (the new one)
 * of a list	id (list), more (yes, no)
 * sandbox	of an open: as a worker's result has it
 */
#define WIRE_STORED_KEYS(X)                                                                        \
	X(status, false)                                                                           \
	X(detail, false)                                                                           \
	X(line, true)                                                                              \
	X(version, false)                                                                          \
	X(id, true)                                                                                \
	X(more, false)                                                                             \
	X(sandbox, false)

extern const struct record_key wire_request[];
extern const struct record_key wire_paste[];
extern const struct record_key wire_item[];
extern const struct record_key wire_event[];
extern const struct record_key wire_store[];
extern const struct record_key wire_stored[];

#endif
