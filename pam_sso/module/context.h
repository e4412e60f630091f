/*
 * context: what one call of a pam_sm_ function works with.
 *
 * Arguments in the PAM stack: `conf=FILE` reads another configuration, `debug` logs more. Any other
 * is an error: a mistyped `conf` must not quietly mean the default file.
 */
#ifndef PAM_SSO_CONTEXT_H
#define PAM_SSO_CONTEXT_H

#include <security/pam_modules.h>

#include "config.h"
#include "log.h"
#include "message.h"
#include "reason.h"

struct context {
	pam_handle_t *pamh;
	struct log log; /* to syslog, facility authpriv; text until the configuration is read */
	/* Copies, or NULL: the host may change its items while its conversation runs. */
	char *service, *rhost, *ruser, *tty;
	char *user;       /* NULL until context_load() found it */
	const char *path; /* of the configuration; the host's */
	struct config config;
	enum language
		language; /* the person's (language.h); English until the configuration is read */
	int store_error;  /* what a store that failed in this call said (shelf.h); 0: none did */
	struct config_error error; /* what was wrong, for the log; "" where nothing is */
};

/* Who asks, for what, from where: the fields that every event begins with. */
#define CONTEXT_FIELDS(CONTEXT)                                                                    \
	{"user", (CONTEXT)->user}, {"service", (CONTEXT)->service}, {"rhost", (CONTEXT)->rhost},   \
		{"ruser", (CONTEXT)->ruser},                                                       \
	{                                                                                          \
		"tty", (CONTEXT)->tty                                                              \
	}

#define CONTEXT_AUTO(name) __attribute__((cleanup(context_end))) struct context name

/* Sets up logging alone. context_end() MUST be called in every case. */
void context_begin(struct context *context, pam_handle_t *pamh, int argc, const char **argv);

/*
 * Reads arguments, items, configuration and PAM_USER, which the host may be asked to prompt for.
 * Returns REASON_OK where the user is our business; REASON_NOT_OURS where the configuration says
 * that service or user is not; otherwise what is wrong, with context->error set where the log needs
 * words.
 */
enum reason context_load(struct context *context, int argc, const char **argv);

/* A text for the log, which leaves NULL out: NULL where TEXT is NULL or "". */
const char *context_text(const char *text);

/* How loud the end of a phase is in the log: a syslog(3) level. */
int context_priority(enum reason reason);

/* Logs how a phase ended. PHASE is the event. */
void context_log_end(const struct context *context, const char *phase, enum reason reason);

void context_end(struct context *context);

#endif
