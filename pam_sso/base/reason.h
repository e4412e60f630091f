/*
 * reason: why a sign-in ended the way it did.
 *
 * One list serves the worker (which says a reason), the record between the two (which carries its
 * name), the module (which turns its class into a PAM return code), the log and the person at the
 * prompt. A reason that is not in this table cannot be said.
 *
 * The zero value is REASON_UNSET, a failure: memory that nobody assigned is never a success, and
 * REASON_OK is compared with, never tested for truth.
 */
#ifndef PAM_SSO_REASON_H
#define PAM_SSO_REASON_H

/* What follows from a reason. module/verdict.c turns a class into a PAM code for the host. */
enum reason_class {
	CLASS_SYSTEM,       /* this machine is broken or misconfigured */
	CLASS_OK,           /* the person may come in */
	CLASS_AGAIN,        /* refused, and asking again makes sense: a code that expired */
	CLASS_FINAL,        /* refused, and asking again does not: the wrong person */
	CLASS_UNAVAILABLE,  /* could not ask: no verdict about the person */
	CLASS_UNKNOWN_USER, /* the local user database does not have the user */
	CLASS_ABORTED,      /* the person or the host gave up */
	CLASS_NO_PROMPT,    /* nothing could be shown or asked */
	CLASS_NOT_OURS,     /* the configuration says that this user or service is not ours */
};

/* X(symbol, name on the wire and in the log, class, what the person is told or NULL) */
#define REASONS(X)                                                                                 \
	X(UNSET, "unset", CLASS_SYSTEM, "Single sign-on failed on this machine.")                  \
	X(OK, "ok", CLASS_OK, NULL)                                                                \
	X(NOT_OURS, "not-ours", CLASS_NOT_OURS, NULL)                                              \
	/* this machine */                                                                         \
	X(CONFIG, "config", CLASS_SYSTEM, "Single sign-on is misconfigured on this machine.")      \
	X(NO_MEMORY, "no-memory", CLASS_SYSTEM, "Single sign-on failed on this machine.")          \
	X(INTERNAL, "internal", CLASS_SYSTEM, "Single sign-on failed on this machine.")            \
	X(WORKER, "worker", CLASS_UNAVAILABLE, "Single sign-on is not available.")                 \
	X(SANDBOX, "sandbox", CLASS_UNAVAILABLE, "Single sign-on is not available.")               \
	X(UNPRIVILEGED, "unprivileged", CLASS_UNAVAILABLE, "Single sign-on is not available.")     \
	X(LIMITS, "limits", CLASS_UNAVAILABLE, "Single sign-on is not available.")                 \
	/* the identity provider could not be asked */                                             \
	X(UNREACHABLE, "unreachable", CLASS_UNAVAILABLE,                                           \
		"The identity provider cannot be reached.")                                        \
	X(TLS, "tls", CLASS_UNAVAILABLE, "The identity provider's certificate was not accepted.")  \
	X(REDIRECT, "redirect", CLASS_UNAVAILABLE, "The identity provider gave no usable answer.") \
	X(REPLY_SIZE, "reply-size", CLASS_UNAVAILABLE,                                             \
		"The identity provider gave no usable answer.")                                    \
	X(REPLY_FORM, "reply-form", CLASS_UNAVAILABLE,                                             \
		"The identity provider gave no usable answer.")                                    \
	X(DISCOVERY, "discovery", CLASS_UNAVAILABLE,                                               \
		"The identity provider gave no usable answer.")                                    \
	X(KEYS, "keys", CLASS_UNAVAILABLE, "The identity provider gave no usable answer.")         \
	X(NO_DEVICE_FLOW, "no-device-flow", CLASS_UNAVAILABLE,                                     \
		"The identity provider does not offer this way of signing in.")                    \
	X(CLIENT_REFUSED, "client-refused", CLASS_UNAVAILABLE,                                     \
		"The identity provider does not accept this machine.")                             \
	X(IDP_ERROR, "idp-error", CLASS_UNAVAILABLE,                                               \
		"The identity provider could not complete the sign-in.")                           \
	/* the sign-in itself */                                                                   \
	X(EXPIRED, "expired", CLASS_AGAIN, "The code expired before the sign-in was complete.")    \
	X(DEADLINE, "deadline", CLASS_AGAIN, "The sign-in took too long.")                         \
	X(ANSWER, "answer", CLASS_AGAIN, "That was not the answer to this sign-in.")               \
	X(ACCESS_DENIED, "access-denied", CLASS_FINAL, "The sign-in was refused.")                 \
	X(TOO_MANY, "too-many", CLASS_FINAL,                                                       \
		"Too many sign-ins at the moment. Try again in a few minutes.")                    \
	X(CANCELLED, "cancelled", CLASS_ABORTED, NULL)                                             \
	X(CLIENT_GONE, "client-gone", CLASS_ABORTED, NULL)                                         \
	X(NO_CONVERSATION, "no-conversation", CLASS_NO_PROMPT, NULL)                               \
	X(NO_TERMINAL, "no-terminal", CLASS_NO_PROMPT,                                             \
		"Single sign-on needs a terminal to show its link.")                               \
	/* the ID token (OpenID Connect Core 3.1.3.7) */                                           \
	X(TOKEN_MISSING, "token-missing", CLASS_FINAL, "The sign-in could not be verified.")       \
	X(TOKEN_FORM, "token-form", CLASS_FINAL, "The sign-in could not be verified.")             \
	X(TOKEN_ALG, "token-alg", CLASS_FINAL, "The sign-in could not be verified.")               \
	X(TOKEN_KEY, "token-key", CLASS_FINAL, "The sign-in could not be verified.")               \
	X(TOKEN_KEY_UNKNOWN, "token-key-unknown", CLASS_FINAL,                                     \
		"The sign-in could not be verified.")                                              \
	X(TOKEN_SIGNATURE, "token-signature", CLASS_FINAL, "The sign-in could not be verified.")   \
	X(TOKEN_TYPE, "token-type", CLASS_FINAL, "The sign-in could not be verified.")             \
	X(TOKEN_ISSUER, "token-issuer", CLASS_FINAL, "The sign-in could not be verified.")         \
	X(TOKEN_SUBJECT, "token-subject", CLASS_FINAL, "The sign-in could not be verified.")       \
	X(TOKEN_AUDIENCE, "token-audience", CLASS_FINAL, "The sign-in could not be verified.")     \
	X(TOKEN_TIME, "token-time", CLASS_FINAL, "The sign-in could not be verified.")             \
	X(TOKEN_NONCE, "token-nonce", CLASS_FINAL, "The sign-in could not be verified.")           \
	X(TOKEN_AT_HASH, "token-at-hash", CLASS_FINAL, "The sign-in could not be verified.")       \
	X(ACR, "acr", CLASS_FINAL, "A stronger sign-in is required here.")                         \
	X(AMR, "amr", CLASS_FINAL, "A stronger sign-in is required here.")                         \
	X(MAX_AGE, "max-age", CLASS_FINAL, "A more recent sign-in is required here.")              \
	X(REQUIRED_CLAIM, "required-claim", CLASS_FINAL, "This account may not sign in here.")     \
	X(SESSION_ENDED, "session-ended", CLASS_FINAL, "Your sign-in is no longer valid.")         \
	X(SESSION_LOST, "session-lost", CLASS_FINAL, "Your sign-in is no longer valid.")           \
	X(NO_SESSION, "no-session", CLASS_FINAL, "You have to sign in with single sign-on first.") \
	X(STORE, "store", CLASS_UNAVAILABLE, "Single sign-on is not available.")                   \
	X(USERINFO, "userinfo", CLASS_FINAL, "The sign-in could not be verified.")                 \
	/* who may come in as whom */                                                              \
	X(USER_UNKNOWN, "user-unknown", CLASS_UNKNOWN_USER, NULL)                                  \
	X(USER_NAME, "user-name", CLASS_FINAL, "This account may not sign in here.")               \
	X(USER_SYSTEM, "user-system", CLASS_FINAL, "This account may not sign in here.")           \
	X(USER_SHELL, "user-shell", CLASS_FINAL, "This account may not sign in here.")             \
	X(USER_DENIED, "user-denied", CLASS_FINAL, "This account may not sign in here.")           \
	X(PUBLICKEY, "publickey", CLASS_FINAL, "A public key is required first.")                  \
	X(CLAIM_MISSING, "claim-missing", CLASS_FINAL,                                             \
		"The identity provider did not say which user you are.")                           \
	X(CLAIM_VALUE, "claim-value", CLASS_FINAL,                                                 \
		"The identity provider did not say which user you are.")                           \
	X(EMAIL_UNVERIFIED, "email-unverified", CLASS_FINAL,                                       \
		"Your e-mail address is not verified.")                                            \
	X(NO_MAPPING, "no-mapping", CLASS_FINAL, "You signed in as someone else.")                 \
	X(USER_MISMATCH, "user-mismatch", CLASS_FINAL, "You signed in as someone else.")           \
	X(GROUP_MISSING, "group-missing", CLASS_FINAL, "This account may not sign in here.")       \
	X(GROUP_DENIED, "group-denied", CLASS_FINAL, "This account may not sign in here.")         \
	X(GROUPS_UNAVAILABLE, "groups-unavailable", CLASS_FINAL,                                   \
		"The identity provider did not say which groups you are in.")

enum reason {
#define REASON_ENUM(symbol, name, class, text) REASON_##symbol,
	REASONS(REASON_ENUM)
#undef REASON_ENUM
		REASON_COUNT
};

/* The name of a reason, as the wire and the log have it. Never NULL; static. */
const char *reason_name(enum reason reason);

/* The reason of a name, or REASON_UNSET for a name that is not in the table (NULL included). */
enum reason reason_by_name(const char *name);

/* What follows from a reason. A value out of range is CLASS_SYSTEM. */
enum reason_class reason_class(enum reason reason);

/* One sentence for the person, or NULL where nothing is said. Static. */
const char *reason_text(enum reason reason);

#endif
