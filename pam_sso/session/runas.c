#include "runas.h"

#include <string.h>
#include <unistd.h>

#include "config_error.h"
#include "local_user.h"

/* The system calls take -1 for "as before", and before it is root. */
static bool stays_root(id_t id)
{
	return id == 0 || id == (id_t)-1;
}

enum reason runas_find(
	const struct config *config, struct spawn_identity *ret, struct config_error *ret_error)
{
	const char *name = config->network.worker_user;

	if (geteuid() != 0) {
		*ret = (struct spawn_identity){.change = false};
		return REASON_OK;
	}
	LOCAL_USER_AUTO(entry);
	int r = local_user_find(name, &entry);
	if (r < 0)
		return config_fail(ret_error, REASON_WORKER, "cannot look up worker_user %s: %s",
			name, strerrordesc_np(-r));
	if (!entry.user.exists)
		return config_fail(ret_error, REASON_WORKER,
			"worker_user %s does not exist: create it as a system user", name);
	if (stays_root(entry.user.uid) || stays_root(entry.gid))
		return config_fail(
			ret_error, REASON_CONFIG, "worker_user %s must not be root", name);
	*ret = (struct spawn_identity){.change = true, .uid = entry.user.uid, .gid = entry.gid};
	return REASON_OK;
}
