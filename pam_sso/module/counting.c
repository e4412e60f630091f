#include "counting.h"

#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "counters.h"

/* Rules 1 and 2. Returns NULL where nothing is to be counted. */
static struct tally *open_counters(const struct context *context)
{
	const char *directory = context->config.log.stats_directory;
	struct tally *tally = NULL;
	char detail[512];

	if (!context->config.log.stats || geteuid() != 0)
		return NULL;
	int r = counters_open(directory, &tally);
	if (r == 0)
		return tally;
	(void)snprintf(detail, sizeof(detail), "cannot count in %s: %s", directory,
		counters_error_text(r));
	LOG_EVENT(&context->log, LOG_WARNING, "stats", {"detail", detail});
	return NULL;
}

void counting_verdict(const struct context *context, enum reason reason, int64_t prompted)
{
	/* A clock that cannot be read gives what is negative, too. */
	int64_t took_ms = prompted < 0 ? -1 : clock_monotonic_ms() - prompted;
	struct tally *tally = reason_class(reason) == CLASS_NOT_OURS ? NULL
								     : open_counters(context);

	if (!tally)
		return;
	tally_attempt(tally, context->service, reason);
	tally_prompt(tally, reason == REASON_OK ? TALLY_IN : TALLY_REFUSED, took_ms);
	tally_idp_error(tally, reason);
	counters_close(tally);
}

void counting_renewal(const struct context *context, enum reason reason)
{
	struct tally *tally = tally_is_idp_error(reason) ? open_counters(context) : NULL;

	if (!tally)
		return;
	tally_idp_error(tally, reason);
	counters_close(tally);
}
