#include "language.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "count.h"
#include "file.h"
#include "host.h"
#include "terminal.h"

enum { FILE_MAX = 16 * 1024, LOCALE_MAX = 64 };

static enum language language_in_locale(const char *locale)
{
	const char *codeset = strchr(locale, '.');
	char name[LOCALE_MAX];

	if (!codeset)
		return LANGUAGE_EN;
	codeset++;
	size_t codeset_len = strcspn(codeset, "@");
	if (!(codeset_len == 5 && strncasecmp(codeset, "UTF-8", 5) == 0) &&
		!(codeset_len == 4 && strncasecmp(codeset, "utf8", 4) == 0))
		return LANGUAGE_EN;
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(locale, "_.@"), locale);
	enum language language = language_named(name);
	return language == LANGUAGE_AUTO ? LANGUAGE_EN : language;
}

/* The value of NAME where the line that begins at LINE gives it one, without its quotes. */
static bool read_value(const char *line, const char *name, char ret[LOCALE_MAX])
{
	line += strspn(line, " \t");
	if (strncmp(line, name, strlen(name)) != 0 || line[strlen(name)] != '=')
		return false;
	line += strlen(name) + 1;
	line += strspn(line, "\"'");
	size_t len = strcspn(line, "\"' \t\r\n");
	if (len >= LOCALE_MAX)
		return false;
	memcpy(ret, line, len);
	ret[len] = '\0';
	return true;
}

/* The last value counts, as in a shell. An empty one is none. */
static bool find_value(const char *text, const char *name, char ret[LOCALE_MAX])
{
	ret[0] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		(void)read_value(line, name, ret);
	}
	return ret[0];
}

enum language language_in_file(const char *text)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	char locale[LOCALE_MAX];

	for (unsigned int i = 0; i < COUNT(names); i++)
		if (find_value(text, names[i], locale))
			return language_in_locale(locale);
	return LANGUAGE_AUTO;
}

static enum language language_of_machine(void)
{
	static const char *const paths[] = {"/etc/locale.conf", "/etc/default/locale"};

	for (unsigned int i = 0; i < COUNT(paths); i++) {
		BUF_AUTO(text, FILE_MAX);

		if (file_read(paths[i], FILE_PUBLIC, &text) < 0)
			continue;
		enum language language = language_in_file(buf_str(&text));
		if (language != LANGUAGE_AUTO)
			return language;
	}
	return LANGUAGE_EN;
}

enum language language_on_screen(enum language language, enum language_screen screen)
{
	bool letters = language != LANGUAGE_JA && language != LANGUAGE_KO;

	switch (screen) {
	case SCREEN_UTF8: return language;
	case SCREEN_CONSOLE: return letters ? language : LANGUAGE_EN;
	case SCREEN_ASCII: break;
	}
	return LANGUAGE_EN;
}

static enum language_screen screen_of(const struct context *context)
{
	if (host_kind(context) == HOST_SSHD)
		return SCREEN_UTF8;
	if (!terminal_takes_utf8())
		return SCREEN_ASCII;
	return terminal_is_console(context->tty) ? SCREEN_CONSOLE : SCREEN_UTF8;
}

enum language language_find(const struct context *context)
{
	enum language named = context->config.prompt.language;

	if (named != LANGUAGE_AUTO)
		return named;
	enum language language = language_of_machine();
	if (language == LANGUAGE_EN)
		return language;
	return language_on_screen(language, screen_of(context));
}
