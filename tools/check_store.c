/*
 * check: the store that machines share: whether it is reached, and lets us read.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "store.h"

static const struct check_kind kind_ok = {"store", CHECK_OK, NULL, NULL};
static const struct check_kind kind_away = {"store-away", CHECK_ERROR,
	"Sessions are neither kept nor reused while the store is away; people sign in each time.",
	"See that the address and its certificate are right, and that the server runs."};
static const struct check_kind kind_refused = {"store-refused", CHECK_ERROR,
	"The store does not let this machine's user in, or not do what it needs to.",
	"Compare store_user and store_password_file with the server's ACL (docs/fleet.md)."};
static const struct check_kind kind_wrong = {
	"store-wrong", CHECK_ERROR, "Sessions are neither kept nor reused.", "Mend what is named."};

/* A session that nobody has. */
static const char nobody[] = "00000000000000000000000000000000";

static const struct check_kind *kind_of(int error)
{
	switch (error) {
	case -EHOSTUNREACH:
	case -ETIMEDOUT: return &kind_away;
	case -EACCES: return &kind_refused;
	default: return &kind_wrong;
	}
}

/* That of files is a directory, which check_files.c has seen: opening it would make it. */
void check_store(struct check *check)
{
	const struct config *config = &check->config;
	struct config_error error = {0};
	STORE_AUTO(store);
	SESSION_AUTO(session);

	if (!check->configured || !config->session.keep || config->session.store != STORE_REDIS)
		return;
	int r = store_open(config, &store, &error);
	if (r == 0)
		r = store_get(&store, nobody, clock_wall_s(), &session);
	if (r == 0 || r == -ENOENT)
		check_find(&check->findings, &kind_ok, "%s: answers", config->session.store_url);
	else
		check_find(&check->findings, kind_of(r), "%s: %s", config->session.store_url,
			*error.text ? error.text : strerrordesc_np(-r));
}
