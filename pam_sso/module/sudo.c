#include "sudo.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "count.h"

enum { CMDLINE_MAX = 4096 }; /* sudo's own options come first */

/* The options whose argument is the next word, where it is not a part of the same. */
#define SHORT_WITH_ARGUMENT "aCcDgpRrTtUu"
static const char *const long_with_argument[] = {"--auth-type", "--chdir", "--chroot",
	"--close-from", "--command-timeout", "--group", "--host", "--login-class", "--other-user",
	"--prompt", "--role", "--type", "--user"};

/* What a word of the command line means for those behind it. */
enum word {
	WORD_SILENT,
	WORD_ALONE,
	WORD_TAKES_NEXT,
	WORD_COMMAND, /* sudo's own options are over */
};

static enum word read_long(const char *word)
{
	if (strcmp(word, "--non-interactive") == 0)
		return WORD_SILENT;
	for (size_t i = 0; i < COUNT(long_with_argument); i++)
		if (strcmp(word, long_with_argument[i]) == 0)
			return WORD_TAKES_NEXT;
	return strcmp(word, "--") == 0 ? WORD_COMMAND : WORD_ALONE;
}

static enum word read_short(const char *letters)
{
	for (; *letters; letters++) {
		if (*letters == 'n')
			return WORD_SILENT;
		if (strchr(SHORT_WITH_ARGUMENT, *letters))
			return letters[1] ? WORD_ALONE : WORD_TAKES_NEXT;
	}
	return WORD_ALONE;
}

static enum word read_word(const char *word)
{
	if (strncmp(word, "--", 2) == 0)
		return read_long(word);
	if (word[0] == '-' && word[1])
		return read_short(word + 1);
	/* A variable for the command may stand between options. */
	return strchr(word, '=') ? WORD_ALONE : WORD_COMMAND;
}

bool sudo_is_silent(const char *cmdline, size_t len)
{
	enum word word = WORD_TAKES_NEXT; /* the name that it was called by goes before */

	if (len == 0 || cmdline[len - 1] != '\0')
		return false;
	const char *end = cmdline + len;
	for (const char *at = cmdline; at < end; at += strlen(at) + 1) {
		word = word == WORD_TAKES_NEXT ? WORD_ALONE : read_word(at);
		if (word == WORD_SILENT || word == WORD_COMMAND)
			break;
	}
	return word == WORD_SILENT;
}

bool sudo_running_silent(void)
{
	char cmdline[CMDLINE_MAX];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t len = read(fd, cmdline, sizeof(cmdline) - 1);
	close(fd);
	if (len <= 0)
		return false;
	/* One that is longer is cut in the middle of a word. */
	cmdline[len] = '\0';
	return sudo_is_silent(cmdline, (size_t)len + (cmdline[len - 1] != '\0'));
}
