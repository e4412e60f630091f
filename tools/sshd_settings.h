/*
 * sshd_settings: what sshd_config(5) comes to, of what matters to a sign-in.
 *
 * Read from what `sshd -T` prints, or from the file itself, whose form is the same: a word and a
 * value a line, of which the first counts. What stands behind a `Match` is left out.
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
	bool matches;      /* there is a Match, which may say otherwise */
	unsigned int said; /* bits: which were there */
};

/* What sshd does where nothing is said. */
extern const struct sshd_settings sshd_settings_default;

/* Adds what TEXT says, which is cut up, to what was said before it. INCLUDE, where not NULL, is called
 * with the operand of each Include, in its place. */
void sshd_settings_read(char *text, struct sshd_settings *settings,
	void (*include)(void *context, const char *pattern, struct sshd_settings *settings),
	void *context);

/* Seconds of a time such as `2m` or `1h30m` (sshd_config(5), TIME FORMATS); -1 for none. */
int64_t sshd_settings_time(const char *text);

#endif
