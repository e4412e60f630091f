#include "sudoers.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "count.h"

enum { WHERE_MAX = 16 * 1024 };

/* What libraries of the network take from an environment. */
static const char *const heeded[] = {"*_proxy", "*_PROXY", "SSLKEYLOGFILE", "SSL_CERT_FILE",
	"SSL_CERT_DIR", "CURL_CA_BUNDLE", "OPENSSL_CONF", "HOSTALIASES", "RES_OPTIONS"};

struct place {
	const char *file;
	unsigned int line;
};

static void note(struct sudoers *sudoers, struct strlist *list, const struct place *place,
	const char *setting, const char *value)
{
	BUF_AUTO(text, WHERE_MAX);

	if (buf_printf(&text, "%s:%u: %s%s", place->file, place->line, setting, value) < 0 ||
		strlist_add(list, buf_str(&text)) < 0)
		sudoers->error = -ENOMEM;
}

static bool is_heeded(const char *name)
{
	/* env_keep takes patterns itself: `*` keeps all, `https*` some. */
	for (size_t i = 0; i < COUNT(heeded); i++)
		if (fnmatch(heeded[i], name, 0) == 0 ||
			(heeded[i][0] != '*' && fnmatch(name, heeded[i], 0) == 0))
			return true;
	return fnmatch(name, "https_proxy", 0) == 0;
}

/* The names in the value of env_keep, which is cut up. */
static void read_names(char *names, const struct place *place, struct sudoers *sudoers)
{
	char *rest = NULL;

	for (char *name = strtok_r(names, " \t\"", &rest); name;
		name = strtok_r(NULL, " \t\"", &rest))
		if (is_heeded(name))
			note(sudoers, &sudoers->kept, place, "env_keep has ", name);
}

/* One of a Defaults' settings, such as `!env_reset` or `env_keep += "A B"`. */
static void read_setting(char *setting, const struct place *place, struct sudoers *sudoers)
{
	bool no = *setting == '!';
	char *name = setting + no + strspn(setting + no, " \t");
	size_t len = strcspn(name, " \t+-=");
	char *value = name + len + strspn(name + len, " \t+=");
	/* What is taken away is not kept. */
	bool less = name[len + strspn(name + len, " \t")] == '-';

	if (len == strlen("noninteractive_auth") && strncmp(name, "noninteractive_auth", len) == 0)
		sudoers->noninteractive = !no;
	else if (no && len == strlen("authenticate") && strncmp(name, "authenticate", len) == 0)
		note(sudoers, &sudoers->unasked, place, "!authenticate", "");
	else if (no && len == strlen("env_reset") && strncmp(name, "env_reset", len) == 0)
		note(sudoers, &sudoers->kept, place, "!env_reset", "");
	else if (!no && !less && len == strlen("env_keep") && strncmp(name, "env_keep", len) == 0)
		read_names(value, place, sudoers);
}

/* Those of a Defaults, between commas that stand in no quotes. They are cut up. */
static void read_settings(char *at, const struct place *place, struct sudoers *sudoers)
{
	while (*at) {
		bool quoted = false;
		char *end = at += strspn(at, " \t,");

		for (; *end && (quoted || *end != ','); end++)
			quoted = quoted != (*end == '"');
		bool last = *end == '\0';
		*end = '\0';
		read_setting(at, place, sudoers);
		at = last ? end : end + 1;
	}
}

/* Whether LINE is the directive NAME, with `#` or `@` before it. Returns its operand, or NULL. */
static char *operand_of(char *line, const char *name)
{
	size_t len = strlen(name);

	if ((*line != '#' && *line != '@') || strncmp(line + 1, name, len) != 0 ||
		!isblank((unsigned char)line[len + 1]))
		return NULL;
	line += len + 1;
	line += strspn(line, " \t\"");
	line[strcspn(line, "\"\t ")] = '\0';
	return line;
}

/* Where a comment begins in a line, or the line's end. */
static size_t comment_at(const char *line)
{
	size_t at = strcspn(line, "#\n");

	while (line[at] == '#' && isdigit((unsigned char)line[at + 1]))
		at += 1 + strcspn(line + at + 1, "#\n");
	return at;
}

static void read_line(char *line, const struct place *place, struct sudoers *sudoers,
	const struct sudoers_events *events)
{
	static const char defaults[] = "Defaults";
	char *file = operand_of(line, "include"), *folder = operand_of(line, "includedir");

	if (file || folder) {
		events->include(events->context, file ? file : folder, folder != NULL, sudoers);
		return;
	}
	line[comment_at(line)] = '\0';
	if (strncmp(line, defaults, strlen(defaults)) != 0) {
		if (strstr(line, "NOPASSWD"))
			note(sudoers, &sudoers->unasked, place, "NOPASSWD", "");
		return;
	}
	line += strlen(defaults);
	/* `Defaults:alice`, `Defaults@host`: what follows is the same. */
	line += strcspn(line, " \t");
	read_settings(line, place, sudoers);
}

/* Takes the line at *AT, which moves behind it, with those that it goes on in: it is one, then.
 * Returns how many they are. A comment does not go on. */
static unsigned int take_line(char **at)
{
	char *end = *at;
	unsigned int lines = 1;

	for (;; lines++) {
		bool comment = end[comment_at(end)] == '#';
		char *begin = end;

		end += strcspn(end, "\n");
		if (comment || !*end || end == begin || end[-1] != '\\')
			break;
		end[-1] = *end = ' ';
	}
	*at = end + (*end != '\0');
	*end = '\0';
	return lines;
}

void sudoers_read(
	char *text, const char *file, struct sudoers *sudoers, const struct sudoers_events *events)
{
	struct place place = {.file = file, .line = 1};

	while (*text) {
		char *line = text;
		unsigned int lines = take_line(&text);

		read_line(line + strspn(line, " \t"), &place, sudoers, events);
		place.line += lines;
	}
}

bool sudoers_is_read(const char *name)
{
	size_t len = strlen(name);

	return !strchr(name, '.') && len > 0 && name[len - 1] != '~';
}

void sudoers_free(struct sudoers *sudoers)
{
	strlist_free(&sudoers->unasked);
	strlist_free(&sudoers->kept);
}
