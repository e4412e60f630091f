#include "this_host.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int this_host_name(char ret[THIS_HOST_NAME])
{
	ret[THIS_HOST_NAME - 1] = '\0';
	return gethostname(ret, THIS_HOST_NAME - 1) < 0 ? -errno : 0;
}

bool this_host_is(const struct session *session)
{
	char name[THIS_HOST_NAME];

	return this_host_name(name) == 0 && session->host && strcmp(session->host, name) == 0;
}
