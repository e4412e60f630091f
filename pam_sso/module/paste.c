/*
 * How much of a typed line reaches a module, measured on terminals of Debian 12 (OpenSSH 9.2,
 * sudo 1.9.13, Linux-PAM 1.5.2, util-linux 2.38) and, but for login, of Debian 13 (10.0, 1.9.16,
 * 1.7.0, 2.41), which are alike:
 *
 *	sshd		the ssh client sends the first 1023 bytes, and drops the rest
 *	su, login	4095 bytes: the kernel drops the rest of a line in canonical mode
 *	sudo		at 512 bytes and more its conversation fails, which asking.h deals with;
 *			what is left of more than 1023 waits in the terminal for the next prompt
 *
 * Other clients than ssh have other limits, or none. The callback page's parts fit everywhere.
 */
#include "paste.h"

#include <stdbool.h>
#include <string.h>

#include "count.h"

enum { SSH_CUTS = 1023, TERMINAL_CUTS = 4095 };

static bool is_white(char byte)
{
	return byte >= '\t' && byte <= '\r';
}

/* Of the line as it came. */
static bool is_cut(const struct secret *line, enum host_kind kind)
{
	return (kind == HOST_SSHD && line->len == SSH_CUTS) || line->len == TERMINAL_CUTS ||
	       line->len > PASTE_MAX;
}

static bool is_half_address(const struct secret *line)
{
	const char *text = secret_reveal(line);

	text += strspn(text, " ");
	return strncmp(text, "http", strlen("http")) == 0 && !strstr(text, "state=");
}

/* How many bytes at AT are not the person's: white space, or what a terminal puts around a paste. */
static size_t count_foreign(const char *at)
{
	static const char *const brackets[] = {"\x1b[200~", "\x1b[201~"};

	for (size_t i = 0; i < COUNT(brackets); i++)
		if (strncmp(at, brackets[i], strlen(brackets[i])) == 0)
			return strlen(brackets[i]);
	return is_white(*at) ? 1 : 0;
}

/* Rule 1. */
static void drop_foreign(struct secret *line)
{
	size_t kept = 0, i = 0;

	while (i < line->len) {
		size_t foreign = count_foreign(line->bytes + i);

		if (!foreign)
			line->bytes[kept++] = line->bytes[i++];
		i += foreign;
	}
	if (kept < line->len)
		explicit_bzero(line->bytes + kept, line->len - kept);
	line->len = kept;
}

static bool is_blank(const struct secret *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (line->bytes[i] != ' ')
			return false;
	return true;
}

/* Rule 2. */
static bool is_text(const struct secret *line)
{
	for (size_t i = 0; i < line->len; i++)
		if ((unsigned char)line->bytes[i] < ' ' || line->bytes[i] == 0x7f)
			return false;
	return true;
}

enum paste paste_judge(struct secret *line, enum host_kind kind)
{
	bool cut = is_cut(line, kind);

	drop_foreign(line);
	if (is_blank(line))
		return PASTE_EMPTY;
	if (cut || is_half_address(line))
		return PASTE_CUT;
	return is_text(line) ? PASTE_FIT : PASTE_WRONG;
}
