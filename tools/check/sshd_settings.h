/*
 * sshd_settings: what sshd_config(5) comes to, of what matters to a sign-in.
 *
 * Read from what `sshd -T` prints, or from the file itself, whose form is the same: a word and a
 * value a line, of which the first counts, but of MaxStartups the last (seen in OpenSSH 9.2 and
 * 10.0). What stands behind a `Match`, for some users or addresses, is left out.
 *
 * Pure.
 */
#ifndef PAM_SSO_SSHD_SETTINGS_H
#define PAM_SSO_SSHD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct sshd_settings {
	bool use_pam;
	bool keyboard_interactive;
	bool password;
	int64_t grace;     /* seconds; 0: no limit */
	int64_t startups;  /* how many may be signing in before some are dropped */
	char methods[256]; /* AuthenticationMethods; "any" */
	unsigned int said; /* bits: which were there */
};

/* What sshd does where nothing is said. */
extern const struct sshd_settings sshd_settings_default;

/* Who is told of what the settings themselves do not have. */
struct sshd_settings_events {
	/* An operand of each Include, in its place. */
	void (*include)(void *context, const char *pattern, struct sshd_settings *settings);
	/* What a Match is about, and the line where it stands. */
	void (*match)(void *context, const char *criteria, unsigned int line);
	void *context;
};

/* Adds what TEXT says, which is cut up, to what was said before it. EVENTS may be NULL. */
void sshd_settings_read(
	char *text, struct sshd_settings *settings, const struct sshd_settings_events *events);

/* Whether one of the lists that AuthenticationMethods has begins with FIRST and has SECOND behind
 * it; or has SECOND, where FIRST is NULL. "any" begins with nothing. */
bool sshd_settings_has_method(const char *methods, const char *first, const char *second);

struct sshd_version {
	int major, minor; /* 0.0 where it is not known */
};

/* What `OpenSSH_MAJOR.MINOR`, somewhere in TEXT, says. */
struct sshd_version sshd_version_read(const char *text);

bool sshd_version_is_before(struct sshd_version version, int major, int minor);

/* Seconds of a time such as `2m` or `1h30m` (sshd_config(5), TIME FORMATS); -1 for none. */
int64_t sshd_settings_time(const char *text);

#endif
