#include "check_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static int read_regular(int fd, struct buf *out)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? file_read_fd(fd, out) : -EINVAL;
}

int check_text_read(const char *root, const char *path, struct buf *out)
{
	char name[PATH_MAX];

	if (snprintf(name, sizeof(name), "%s%s", root, path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = read_regular(fd, out);
	close(fd);
	return r;
}

char *check_text_line(char **at)
{
	char *line = *at;

	if (!*line)
		return NULL;
	char *end = line + strcspn(line, "\n");
	*at = *end ? end + 1 : end;
	*end = '\0';
	line += strspn(line, " \t\r");
	for (end = line + strlen(line); end > line && strchr(" \t\r", end[-1]); end--)
		end[-1] = '\0';
	return line;
}

char *check_text_word(char **at)
{
	char *word = *at;
	size_t len = strcspn(word, " \t=");

	if (!*word)
		return NULL;
	*at = word + len + strspn(word + len, " \t=");
	word[len] = '\0';
	return word;
}
