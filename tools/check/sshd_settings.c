#include "sshd_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_text.h"
#include "count.h"

const struct sshd_settings sshd_settings_default = {
	.keyboard_interactive = true,
	.password = true,
	.grace = 120,
	.startups = 10,
	.methods = "any",
};

int64_t sshd_settings_time(const char *text)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	int64_t sum = 0;

	if (!*text)
		return -1;
	while (*text) {
		char *end;
		long number = strtol(text, &end, 10);
		size_t i = 0;

		while (i < COUNT(units) && units[i].unit != (*end | (*end ? 0x20 : 0)))
			i++;
		if (end == text || number < 0 || number > INT32_MAX || i == COUNT(units))
			return -1;
		sum += number * units[i].seconds;
		text = end + (*end != '\0');
	}
	return sum;
}

static void read_flag(bool *flag, const char *value)
{
	*flag = strcasecmp(value, "yes") == 0;
}

static void read_use_pam(struct sshd_settings *settings, const char *value)
{
	read_flag(&settings->use_pam, value);
}

static void read_keyboard_interactive(struct sshd_settings *settings, const char *value)
{
	read_flag(&settings->keyboard_interactive, value);
}

static void read_password(struct sshd_settings *settings, const char *value)
{
	read_flag(&settings->password, value);
}

static void read_grace(struct sshd_settings *settings, const char *value)
{
	int64_t grace = sshd_settings_time(value);

	if (grace >= 0)
		settings->grace = grace;
}

static void read_startups(struct sshd_settings *settings, const char *value)
{
	settings->startups = strtol(value, NULL, 10);
}

static void read_methods(struct sshd_settings *settings, const char *value)
{
	snprintf(settings->methods, sizeof(settings->methods), "%s", value);
}

static const struct {
	const char *name;
	unsigned int bit; /* in `said` */
	bool last;        /* of these sshd takes the last, not the first */
	void (*read)(struct sshd_settings *settings, const char *value);
} keywords[] = {
	{"usepam", 1 << 0, false, read_use_pam},
	{"kbdinteractiveauthentication", 1 << 1, false, read_keyboard_interactive},
	{"challengeresponseauthentication", 1 << 1, false, read_keyboard_interactive},
	{"passwordauthentication", 1 << 2, false, read_password},
	{"logingracetime", 1 << 3, false, read_grace},
	{"maxstartups", 1 << 4, true, read_startups},
	{"authenticationmethods", 1 << 5, false, read_methods},
};

static void read_keyword(struct sshd_settings *settings, const char *name, const char *value)
{
	for (size_t i = 0; i < COUNT(keywords); i++)
		if (strcasecmp(keywords[i].name, name) == 0 &&
			(keywords[i].last || !(settings->said & keywords[i].bit))) {
			settings->said |= keywords[i].bit;
			keywords[i].read(settings, value);
			return;
		}
}

/* A `#` behind a blank begins one. */
static void cut_comment(char *value)
{
	for (char *at = value; (at = strchr(at, '#')) != NULL; at++)
		if (at == value || strchr(" \t", at[-1])) {
			while (at > value && strchr(" \t", at[-1]))
				at--;
			*at = '\0';
			return;
		}
}

static void tell_includes(
	char *operands, struct sshd_settings *settings, const struct sshd_settings_events *events)
{
	for (char *one; (one = check_text_word(&operands)) != NULL;)
		events->include(events->context, one, settings);
}

void sshd_settings_read(
	char *text, struct sshd_settings *settings, const struct sshd_settings_events *events)
{
	unsigned int number = 0;
	bool matching = false;

	for (char *line; (line = check_text_line(&text)) != NULL;) {
		const char *name = *line == '#' ? NULL : check_text_word(&line);

		number++;
		if (!name)
			continue;
		cut_comment(line);
		if (strcasecmp(name, "match") == 0) {
			matching = true;
			if (events)
				events->match(events->context, line, number);
		} else if (matching) {
			continue;
		} else if (strcasecmp(name, "include") == 0) {
			if (events)
				tell_includes(line, settings, events);
		} else {
			read_keyword(settings, name, line);
		}
	}
}

/* Where LIST, of LEN bytes, has METHOD, "keyboard-interactive:pam" being keyboard-interactive; or
 * NULL. */
static const char *find_method(const char *list, size_t len, const char *method)
{
	size_t length = strlen(method);

	for (const char *at = list; at < list + len; at += strcspn(at, ", ") + 1)
		if (strncmp(at, method, length) == 0 && strchr(",: ", at[length]))
			return at;
	return NULL;
}

bool sshd_settings_has_method(const char *methods, const char *first, const char *second)
{
	if (strcmp(methods, "any") == 0)
		return first == NULL;
	while (*methods) {
		size_t len = strcspn(methods, " ");
		const char *at = find_method(methods, len, second);

		if (at && (!first || (at > methods && find_method(methods, len, first) == methods)))
			return true;
		methods += len + strspn(methods + len, " ");
	}
	return false;
}

struct sshd_version sshd_version_read(const char *text)
{
	static const char name[] = "OpenSSH_";
	const char *at = strstr(text, name);
	struct sshd_version version = {0};
	char *end;

	if (!at)
		return version;
	version.major = (int)strtol(at + strlen(name), &end, 10);
	if (*end == '.')
		version.minor = (int)strtol(end + 1, NULL, 10);
	return version;
}

bool sshd_version_is_before(struct sshd_version version, int major, int minor)
{
	return version.major < major || (version.major == major && version.minor < minor);
}
