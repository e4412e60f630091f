#include "own_token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "file.h"
#include "record.h"
#include "rfc3339.h"
#include "ssoctl.h"
#include "token_file.h"

static int refuse(const char *path, const char *what)
{
	ssoctl_say("%s: %s", path, what);
	return SSOCTL_FAILED;
}

/* Of the descriptor in hand. */
static int check_file(int fd, const char *path, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return refuse(path, strerrordesc_np(errno));
	if (!S_ISREG(st->st_mode))
		return refuse(path, "is not a regular file");
	if (st->st_uid != geteuid() || (st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return refuse(path, "is not the caller's alone");
	return SSOCTL_OK;
}

static int check_time(const char *path, int64_t expires)
{
	char time[RFC3339_TEXT];
	const char *text = rfc3339_text(expires, time);

	if (expires < 0 || expires > clock_wall_s())
		return SSOCTL_OK;
	ssoctl_say("%s: the token expired at %s, and was not renewed since", path,
		text ? text : "some time");
	return SSOCTL_FAILED;
}

/* One line of what a token may be made of (RFC 6750 section 2.1 has less; RFC 6749 appendix A.12
 * has a blank too, which no header can carry). */
static int take(struct buf *bytes, const char *path, struct secret *ret)
{
	size_t len = bytes->len;

	if (len == 0 || bytes->data[len - 1] != '\n')
		return refuse(path, "holds no token");
	len--;
	for (size_t i = 0; i < len; i++)
		if (bytes->data[i] <= ' ' || bytes->data[i] > '~')
			return refuse(path, "holds no token");
	if (len == 0)
		return refuse(path, "holds no token");
	return secret_set(ret, bytes->data, len) == 0 ? SSOCTL_OK
						      : refuse(path, strerrordesc_np(ENOMEM));
}

static int read_open(int fd, const char *path, struct secret *ret, int64_t *ret_expires)
{
	BUF_AUTO(bytes, RECORD_MAX);
	struct stat st;
	int status = check_file(fd, path, &st);

	if (status != SSOCTL_OK)
		return status;
	int64_t expires = st.st_mtime == 0 ? -1 : st.st_mtime;
	status = check_time(path, expires);
	if (status != SSOCTL_OK)
		return status;
	int r = file_read_fd(fd, &bytes);
	if (r < 0)
		return refuse(path, file_error_text(r));
	status = take(&bytes, path, ret);
	if (status == SSOCTL_OK)
		*ret_expires = expires;
	return status;
}

int own_token_read(struct secret *ret, int64_t *ret_expires)
{
	const char *path = getenv(TOKEN_FILE_VARIABLE);

	if (!path || !*path) {
		ssoctl_say("$" TOKEN_FILE_VARIABLE
			   " is not set: this is no login by single sign-on, or pam_sso.conf "
			   "has no `access_token_file = yes`");
		return SSOCTL_FAILED;
	}
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return refuse(path, errno == ENOENT ? "there is no such file: the login ended"
						    : strerrordesc_np(errno));
	int status = read_open(fd, path, ret, ret_expires);
	close(fd);
	return status;
}
