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

bool terminal_takes_utf8(void)
{
	struct termios settings;
	int fd = open_controlling();
	bool known = fd >= 0 && tcgetattr(fd, &settings) == 0;

	if (fd >= 0)
		close(fd);
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO && !known; fd++)
		known = tcgetattr(fd, &settings) == 0;
	return !known || (settings.c_iflag & IUTF8);
}

bool terminal_is_console(const char *pam_tty)
{
	if (!pam_tty)
		return false;
	if (strncmp(pam_tty, "/dev/", strlen("/dev/")) == 0)
		pam_tty += strlen("/dev/");
	if (strncmp(pam_tty, "tty", strlen("tty")) != 0)
		return false;
	pam_tty += strlen("tty");
	return *pam_tty && !pam_tty[strspn(pam_tty, "0123456789")];
}

void terminal_drop_input(void)
{
	int fd = open_controlling();

	if (fd < 0)
		return;
	(void)tcflush(fd, TCIFLUSH);
	close(fd);
}
