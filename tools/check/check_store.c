/*
 * check: the store that machines share: whether it is reached, is the one it is to be, knows us, and
 * lets us do all that sessions need.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "count.h"
#include "store.h"

#define LESS "Sessions are neither kept nor reused meanwhile; people sign in each time."

static const struct check_kind kind_ok = {"store", CHECK_OK, NULL, NULL};
static const struct check_kind kind_away = {"store-away", CHECK_ERROR, LESS,
	"See that the server runs, that store_url has its name and port, and that a firewall lets "
	"this machine there."};
static const struct check_kind kind_tls = {"store-tls", CHECK_ERROR,
	"Nothing vouches that this is the store, so nothing is said to it. " LESS,
	"See that the server's certificate is valid, that it names the host of store_url "
	"(subjectAltName), and that store_ca_file is the authority that issued it, readable by all "
	"(mode 0644)."};
static const struct check_kind kind_refused = {"store-refused", CHECK_ERROR,
	"The store does not know this machine's user, or not that password. " LESS,
	"Compare store_user and store_password_file with the server's ACL (docs/fleet.md)."};
static const struct check_kind kind_rights = {"store-rights", CHECK_ERROR,
	"The store knows this machine's user, and does not let it do what sessions need.",
	"Give it the commands and the names of docs/fleet.md: ~pam_sso:* -@all +select +get +set "
	"+del +watch +unwatch +multi +exec +scan."};
static const struct check_kind kind_wrong = {"store-wrong", CHECK_ERROR, LESS,
	"Mend what is named: store_key_file and store_password_file are root's, mode 0600, with a "
	"line for each secret; `ssoctl store-key FILE` makes the key."};

/* What is tried with it, for the session ID, which nobody has. Each returns 0 or a negative errno. */
static int try_read(const struct store *store, const char *id)
{
	SESSION_AUTO(session);
	int r = store_get(store, id, clock_wall_s(), &session);

	return r == -ENOENT ? 0 : r;
}

static int try_lock(const struct store *store, const char *id)
{
	struct store_lock lock;
	int r = store_lock(store, id, clock_monotonic_ms(), &lock);

	if (r == 0)
		(void)store_unlock(store, &lock);
	return r;
}

/* What was not given back cannot be taken again. */
static int try_unlock(const struct store *store, const char *id)
{
	struct store_lock lock;
	int r = store_lock(store, id, clock_monotonic_ms(), &lock);

	return r == 0 ? store_unlock(store, &lock) : r;
}

static int try_list(const struct store *store, const char *id)
{
	STRLIST_AUTO(ids);

	(void)id;
	return store_list(store, &ids);
}

static const struct {
	const char *what;
	int (*try)(const struct store *store, const char *id);
} trials[] = {
	{"reading a session", try_read},
	{"locking one", try_lock},
	{"giving a lock back", try_unlock},
	{"listing them", try_list},
};

static const struct check_kind *kind_of(int error, const char *text)
{
	if (error == -EACCES)
		return &kind_refused;
	if (error != -EHOSTUNREACH)
		return &kind_wrong;
	return strstr(text, ": TLS: ") || strstr(text, ": CA certificates: ") ? &kind_tls
									      : &kind_away;
}

static void check_rights(struct check *check, const struct store *store)
{
	const char *url = check->config.session.store_url;
	char id[SESSION_ID + 1];
	int r = session_id_new(id);

	for (size_t i = 0; i < COUNT(trials); i++) {
		if (r == 0)
			r = trials[i].try(store, id);
		if (r == 0)
			continue;
		bool refused = r == -EACCES || r == -ETIMEDOUT;
		check_find(&check->findings, refused ? &kind_rights : &kind_away, "%s: %s: %s", url,
			trials[i].what, refused ? "is not allowed" : strerrordesc_np(-r));
		return;
	}
	check_find(&check->findings, &kind_ok,
		"%s: is reached, and lets %s read, lock and list sessions", url,
		check->config.session.store_user);
}

/* That of files is a directory, which check_files.c has seen: opening it would make it. */
void check_store(struct check *check)
{
	const struct config *config = &check->config;
	struct config_error error = {0};
	STORE_AUTO(store);

	if (!check->configured || !config->session.keep || config->session.store != STORE_REDIS)
		return;
	int r = store_open(config, &store, &error);
	if (r == 0)
		check_rights(check, &store);
	else
		check_find(&check->findings, kind_of(r, error.text), "%s", error.text);
}
