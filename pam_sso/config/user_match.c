#include "user_match.h"

#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "c_locale.h"

enum { GROUPS = 10 };

#define REGEX_AUTO(name) __attribute__((cleanup(regex_end))) struct regex name = {0}

struct regex {
	regex_t compiled;
	bool ready;
};

static void regex_end(struct regex *regex)
{
	if (regex->ready)
		regfree(&regex->compiled);
}

static bool is_printable(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len == 0 || len > max)
		return false;
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* A backslash takes the next byte with it; a digit there would be a back reference. (In a bracket
 * expression it would not be one; nobody needs a backslash there.) */
static bool has_back_reference(const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern != '\\')
			continue;
		pattern++;
		if (*pattern >= '1' && *pattern <= '9')
			return true;
		if (!*pattern)
			return false;
	}
	return false;
}

/* Returns 0, or regcomp()'s error. */
static int compile(const char *pattern, struct regex *regex)
{
	int r = regcomp(&regex->compiled, pattern, REG_EXTENDED);

	regex->ready = r == 0;
	return r;
}

static int check_pattern(const char *pattern, struct regex *regex, char *wrong, size_t size)
{
	if (!is_printable(pattern, USER_MATCH_PATTERN_MAX)) {
		snprintf(wrong, size, "must be printable ASCII, at most %d bytes",
			USER_MATCH_PATTERN_MAX);
		return -EINVAL;
	}
	if (has_back_reference(pattern)) {
		snprintf(wrong, size, "must not have back references such as \\1");
		return -EINVAL;
	}
	int r = compile(pattern, regex);
	if (r == REG_ESPACE)
		return -ENOMEM;
	if (r == 0)
		return 0;
	char reason[128];
	regerror(r, &regex->compiled, reason, sizeof(reason));
	snprintf(wrong, size, "must be a POSIX extended regular expression: %s", reason);
	return -EINVAL;
}

/* The number of `{N}`, or -1 where AT is not one. */
static int group_number(const char *at)
{
	if (at[0] != '{' || at[1] < '0' || at[1] > '9' || at[2] != '}')
		return -1;
	return at[1] - '0';
}

/* N_GROUPS is how many the expression has. */
static int check_template(const char *template, size_t n_groups, char *wrong, size_t size)
{
	const char *at = template;

	for (at += strcspn(at, "{}"); *at; at += strcspn(at, "{}")) {
		int number = group_number(at);

		if (number < 0) {
			snprintf(
				wrong, size, "must have braces only as {0} to {9} in its template");
			return -EINVAL;
		}
		if ((size_t)number > n_groups) {
			snprintf(wrong, size, "has {%d} in its template, and %zu groups", number,
				n_groups);
			return -EINVAL;
		}
		at += strlen("{0}");
	}
	return 0;
}

int user_match_check(const char *pattern, const char *template, char *wrong, size_t size)
{
	C_LOCALE_AUTO(locale);
	REGEX_AUTO(regex);

	if (c_locale_enter(&locale) < 0)
		return -ENOMEM;
	int r = check_pattern(pattern, &regex, wrong, size);
	if (r < 0)
		return r;
	return check_template(template, regex.compiled.re_nsub, wrong, size);
}

static int fill(const char *template, const char *value, const regmatch_t *groups, struct buf *out)
{
	int r = 0;

	while (*template && r == 0) {
		size_t len = strcspn(template, "{");

		r = buf_add(out, template, len);
		template += len;
		if (r < 0 || !*template)
			break;
		int number = group_number(template);
		if (number < 0)
			return -EINVAL;
		const regmatch_t *group = &groups[number];
		if (group->rm_so >= 0)
			r = buf_add(
				out, value + group->rm_so, (size_t)(group->rm_eo - group->rm_so));
		template += strlen("{0}");
	}
	return r;
}

int user_match_apply(const char *pattern, const char *template, const char *value, struct buf *out)
{
	C_LOCALE_AUTO(locale);
	REGEX_AUTO(regex);
	regmatch_t groups[GROUPS];

	if (!is_printable(value, USER_MATCH_VALUE_MAX))
		return -EINVAL;
	if (c_locale_enter(&locale) < 0)
		return -ENOMEM;
	int r = compile(pattern, &regex);
	if (r != 0)
		return r == REG_ESPACE ? -ENOMEM : -EINVAL;
	/* glibc says REG_NOMATCH where memory is short, too: no match either way. */
	r = regexec(&regex.compiled, value, GROUPS, groups, 0);
	if (r != 0 || groups[0].rm_so != 0 || (size_t)groups[0].rm_eo != strlen(value))
		return -ENOENT;
	return fill(template, value, groups, out);
}
