/*
 * config: what /etc/security/pam_sso.conf says for one service.
 *
 * The file is INI, read through inih from a descriptor that was checked (file.h). Sections
 * [provider], [token], [user], [access], [prompt], [network], [limits], [log] and [session] hold what
 * goes for all; a section [service NAME] repeats keys of theirs, those that config_keys.h allows, for
 * the PAM service NAME.
 *
 * 1. An unknown section or key, a section or key that stands twice, a value that its type does not
 *    allow, and a line that is longer than inih reads MUST be errors that name file and line.
 *    Nothing is cut (config_scan.h).
 *    What goes for all is what the general sections say, then the profile (profile.h), then the
 *    default of the key.
 * 2. A service with a section of its own gets its values, and for the rest what goes for all.
 * 3. A service without one gets what goes for all, and on top of it the strictest value that any
 *    service's section gives to a key (config_keys.h tells which way is strict): so `sudo-i`,
 *    `su-l` and services that nobody thought of are never laxer than the named ones.
 * 4. The whole file is checked whatever service is asked for: a slip in one service's section shows
 *    at once, and not when that service is used first.
 *
 * Loading is the same for the module, ssoctl and the tests.
 */
#ifndef PAM_SSO_CONFIG_H
#define PAM_SSO_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "log.h"
#include "message.h"
#include "secret.h"
#include "strlist.h"

/* In the order of profile_names (profile.h). */
enum profile {
	PROFILE_GENERIC,
	PROFILE_KEYCLOAK,
	PROFILE_ENTRA,
	PROFILE_GOOGLE,
	PROFILE_OKTA,
	PROFILE_AUTH0,
	PROFILE_AUTHENTIK,
	PROFILE_AUTHELIA,
	PROFILE_ZITADEL,
	PROFILE_DEX,
	PROFILE_GITLAB,
};
enum client_auth { CLIENT_AUTH_NONE, CLIENT_AUTH_BASIC, CLIENT_AUTH_POST, CLIENT_AUTH_PRIVATE_KEY };
enum flow { FLOW_DEVICE, FLOW_AUTO, FLOW_CODE }; /* the later, the stricter */
enum pushed { PUSHED_AUTO, PUSHED_ALWAYS, PUSHED_NEVER };
enum loopback { LOOPBACK_AUTO, LOOPBACK_NO, LOOPBACK_YES };
enum casefold { CASEFOLD_NONE, CASEFOLD_ASCII };
enum groups_source { GROUPS_ID_TOKEN, GROUPS_USERINFO };
enum qr_mode { QR_AUTO, QR_ALWAYS, QR_NEVER };
enum show_mode { SHOW_AUTO, SHOW_PROMPT, SHOW_TEXT };
enum tls_min { TLS_1_2, TLS_1_3 };
enum on_revoked { REVOKED_DROP, REVOKED_TERMINATE };
enum session_store { STORE_FILE, STORE_REDIS };
enum session_bind { BIND_LOGIN, BIND_SSH_KEY };
enum session_verify { VERIFY_ALWAYS, VERIFY_CACHED };
enum session_account { ACCOUNT_SESSION, ACCOUNT_ANY };
enum session_close { CLOSE_KEEP, CLOSE_REVOKE };
enum require_first { REQUIRE_NONE, REQUIRE_PUBLICKEY };

enum {
	CONFIG_MAX = 256 * 1024, /* bytes of the file */
	CONFIG_NO_AGE = -1,      /* max_age: none asked for */
	CONFIG_REUSE_OFF = 0,    /* reuse: no session is reused */
};

#define CONFIG_PATH "/etc/security/pam_sso.conf"

/* Strings are NULL where the file does not set them and there is no default. Durations are
 * seconds. */
struct config {
	struct {                      /* [provider] */
		enum profile profile; /* for profile.c alone */
		char *issuer;
		char *client_id;
		enum client_auth client_auth;
		char *client_secret_file;
		char *client_key_file;
		char *client_key_id;
		char *client_assertion_alg;
		struct strlist scope;
		bool offline_access; /* a scope more where sign-ins are kept */
		bool discovery;
		char *device_authorization_endpoint;
		char *token_endpoint;
		char *jwks_uri;
		char *userinfo_endpoint;
		char *revocation_endpoint;
		enum flow flow;
		char *redirect_uri; /* set with FLOW_AUTO and FLOW_CODE */
		char *authorization_endpoint;
		char *pushed_authorization_request_endpoint;
		enum pushed pushed;
		char *authorization_prompt;              /* `prompt` of the authorization request */
		struct strlist authorization_parameters; /* added to it: parameter.h */
		bool device_pkce;                        /* with FLOW_DEVICE */
		bool verification_url; /* with FLOW_DEVICE, instead of verification_uri */
	} provider;
	struct { /* [token] */
		struct strlist algs;
		struct strlist audiences; /* accepted beside client_id */
		int64_t skew;
		struct strlist acr;             /* one of them */
		struct strlist amr;             /* all of them */
		int64_t max_age;                /* CONFIG_NO_AGE where none */
		struct strlist required_claims; /* `path=value` */
	} token;
	struct {                       /* [user] */
		struct strlist claims; /* dotted paths; the first that is present decides */
		char *match; /* of the whole value (user_match.h); set with template, or both not */
		char *template; /* the user name, with {0} to {9} for the groups of match */
		enum casefold casefold;
		char *map_file;
		bool map_only; /* who is not in the map file is refused */
		int64_t min_uid;
		struct strlist system_users; /* accepted below min_uid, by name */
		struct strlist roles;        /* `group:user` */
	} user;
	struct {                                          /* [access] */
		struct strlist allow_users, deny_users;   /* local users */
		struct strlist allow_groups, deny_groups; /* groups at the IdP */
		bool allow_none;    /* rule 3 left nothing of a list that admits (allow_users,
		                    allow_groups, acr): nobody comes in */
		char *groups_claim; /* dotted path */
		enum groups_source groups_source;
		enum require_first require;
		struct strlist ignore_users, ignore_services; /* PAM_IGNORE: not ours */
	} access;
	struct { /* [prompt] */
		enum language language;
		enum show_mode show;
		enum qr_mode qr;
		bool complete_link;
		enum loopback loopback; /* whether the worker takes the answer on this machine */
		int64_t deadline;
	} prompt;
	struct { /* [network] */
		char *ca_file;
		char *ca_dir;
		char *proxy;
		enum tls_min tls_min;
		int64_t connect_timeout;
		int64_t request_timeout;
		char *worker;
		char *worker_user;
	} network;
	struct { /* [limits]; 0: none */
		int64_t pending_user, pending_address, pending_total;
		int64_t rate_user, rate_address, rate_total; /* in each rate_window */
		int64_t rate_window;
		char *limits_directory;
	} limits;
	struct { /* [log] */
		enum log_format log_format;
		bool audit; /* who signed in is recorded, where the kernel does */
		bool stats; /* sign-ins are counted */
		char *stats_directory;
	} log;
	struct {           /* [session] */
		bool keep; /* sign-ins are stored */
		int64_t lifetime;
		char *directory;
		int64_t refresh; /* how long a session goes without being renewed */
		enum on_revoked on_revoked;
		/* The age of a sign-in up to which it is reused, or CONFIG_REUSE_OFF. */
		int64_t reuse;
		enum session_bind bind;       /* whose session it is */
		enum session_verify verify;   /* whether the IdP is asked at each reuse */
		int64_t recheck;              /* how old its word may be with VERIFY_CACHED */
		enum session_account account; /* whom the account phase asks about */
		enum session_close close_session;
		bool access_token_file;
		char *token_directory;
		enum session_store store;
		char *store_url; /* set with STORE_REDIS, as is store_key_file */
		char *store_user;
		char *store_password_file;
		char *store_ca_file; /* NULL: network.ca_file and ca_dir */
		char *store_key_file;
		int64_t store_timeout; /* of each operation */
		char *store_program;
	} session;
	bool own_section; /* whether [service NAME] exists */
};

/* Where and what is wrong: one line for the log, "FILE:LINE: what"; "" where nothing is. */
struct config_error {
	char text[512];
};

/*
 * Reads the file at PATH for SERVICE.
 * Returns 0 and sets *ret, which config_free() frees; or a negative errno with *ret_error filled:
 * what file_read() returns, -EINVAL for a file that says something wrong, -ENOMEM.
 */
int config_load(
	const char *path, const char *service, struct config *ret, struct config_error *ret_error);

/* The same from bytes; NAME stands for the file in errors. Pure. */
int config_parse(const char *bytes, size_t len, const char *name, const char *service,
	struct config *ret, struct config_error *ret_error);

/* Wipes and frees. */
void config_free(struct config *config);
#define CONFIG_AUTO(name) __attribute__((cleanup(config_free))) struct config name = {0}

#endif
