#include "terminal.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "count.h"

static int open_controlling(void)
{
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
}

static bool has_controlling_terminal(void)
{
	int fd = open_controlling();

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

bool terminal_present(const char *pam_tty)
{
	if (pam_tty && *pam_tty)
		return true;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (isatty(fd))
			return true;
	return has_controlling_terminal();
}

bool terminal_shows_blocks(const char *term, const char *locale)
{
	if (!term || !*term || strcmp(term, "dumb") == 0 || !locale)
		return false;
	return strcasestr(locale, ".UTF-8") || strcasestr(locale, ".utf8");
}

const char *terminal_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (unsigned int i = 0; i < COUNT(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}

void terminal_drop_input(void)
{
	int fd = open_controlling();

	if (fd < 0)
		return;
	(void)tcflush(fd, TCIFLUSH);
	close(fd);
}
