#include "local_user.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

enum {
	MEMORY_FIRST = 1024,
	MEMORY_MAX = 1024 * 1024, /* a directory service may make the line a long one */
};

/* Asks with memory that grows until the entry fits. *RET_FOUND is NULL for no entry. */
static int look_up(const char *name, struct passwd *entry, char **memory, struct passwd **ret_found)
{
	for (size_t size = MEMORY_FIRST; size <= MEMORY_MAX; size *= 2) {
		free(*memory);
		*memory = malloc(size);
		if (!*memory)
			return -ENOMEM;
		int r = getpwnam_r(name, entry, *memory, size, ret_found);
		if (r == ENOENT || r == ESRCH) {
			*ret_found = NULL;
			return 0;
		}
		if (r != ERANGE)
			return -r;
	}
	return -ERANGE;
}

int local_user_find(const char *name, struct local_user_entry *ret)
{
	struct local_user_entry entry = {.user.name = name};
	struct passwd passwd, *found = NULL;
	int r = look_up(name, &passwd, &entry.memory, &found);

	if (r < 0) {
		free(entry.memory);
		return r;
	}
	if (found && strcmp(found->pw_name, name) == 0) {
		entry.user = (struct local_user){
			.name = found->pw_name,
			.exists = true,
			.uid = found->pw_uid,
			.shell = found->pw_shell,
		};
		entry.gid = found->pw_gid;
	}
	*ret = entry;
	return 0;
}

void local_user_free(struct local_user_entry *entry)
{
	free(entry->memory);
	*entry = (struct local_user_entry){.memory = NULL};
}
