/* In libaudit's place, for test_audit_fails: it fails to order, and notes what it is asked. */
#include "fake_libaudit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fake_libaudit fake_libaudit;

int audit_open(void);
void audit_close(int fd);
int audit_log_user_message(int fd, int type, const char *message, const char *hostname,
	const char *addr, const char *terminal, int result);
int audit_log_acct_message(int fd, int type, const char *program, const char *op, const char *name,
	unsigned int id, const char *host, const char *addr, const char *terminal, int result);
char *audit_encode_nv_string(const char *name, const char *value, unsigned int len);

/* The module's call is the first of a phase; libpam, which would refuse for it, never sees the error. */
int audit_open(void)
{
	if (fake_libaudit.open_error) {
		errno = fake_libaudit.open_error;
		fake_libaudit.open_error = 0;
		return -1;
	}
	return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

void audit_close(int fd)
{
	close(fd);
}

int audit_log_user_message(int fd, int type, const char *message, const char *hostname,
	const char *addr, const char *terminal, int result)
{
	snprintf(fake_libaudit.said, sizeof(fake_libaudit.said), "%d %s %s %s %s %d", type, message,
		hostname, addr, terminal, result);
	(void)fd;
	errno = -fake_libaudit.log_result;
	return fake_libaudit.log_result;
}

int audit_log_acct_message(int fd, int type, const char *program, const char *op, const char *name,
	unsigned int id, const char *host, const char *addr, const char *terminal, int result)
{
	(void)fd, (void)type, (void)program, (void)op, (void)name, (void)id;
	(void)host, (void)addr, (void)terminal, (void)result;
	return 1;
}

char *audit_encode_nv_string(const char *name, const char *value, unsigned int len)
{
	char *text = NULL;

	if (fake_libaudit.no_memory)
		return NULL;
	return asprintf(&text, "%s=[%.*s]", name, (int)len, value) < 0 ? NULL : text;
}
