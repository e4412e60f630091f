#include "journal.h"

#include <syslog.h>

static void write_syslog(void *context, int priority, const char *line)
{
	(void)context;
	syslog(LOG_AUTHPRIV | priority, "%s", line);
}

void journal_session(enum log_format format, const struct session *session, const char *step,
	enum reason reason, const char *detail)
{
	const struct log log = {.sink = write_syslog, .format = format};

	LOG_EVENT(&log, reason == REASON_OK ? LOG_INFO : LOG_WARNING, "session",
		{"user", session->user},
		{"service", session->services.n ? session->services.items[0] : NULL},
		{"rhost", session->rhost}, {"step", step}, {"session", session->id},
		{"sub", session->sub}, {"reason", reason_name(reason)},
		{"detail", detail && *detail ? detail : NULL});
}
