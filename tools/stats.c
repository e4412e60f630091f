/*
 * ssoctl stats: what this machine counted of sign-ins, for Prometheus.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "counters.h"
#include "exposition.h"
#include "ssoctl.h"
#include "whole_file.h"

enum { OUTPUT_MODE = 0644 }; /* the node exporter has a user of its own */

/* Nothing was counted yet, or only by another version: then all is 0, as it will be counted from. */
static int read_counters(const struct config *config, struct tally *ret)
{
	const char *directory = config->log.stats_directory;
	int r = counters_read(directory, ret);

	if (r == -ENOENT || r == -EINVAL)
		tally_begin(ret);
	if (r == 0 || r == -ENOENT)
		return SSOCTL_OK;
	ssoctl_say("%s: %s", directory, counters_error_text(r));
	return r == -EINVAL ? SSOCTL_OK : ssoctl_failed(r);
}

static int write_out(const struct invocation *invocation, const struct buf *text)
{
	if (!invocation->output) {
		fwrite(text->data, 1, text->len, stdout);
		return SSOCTL_OK;
	}
	int r = whole_file_write(invocation->output, OUTPUT_MODE, text);
	if (r == 0)
		return SSOCTL_OK;
	ssoctl_say("%s: %s", invocation->output, strerrordesc_np(-r));
	return ssoctl_failed(r);
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	BUF_AUTO(text, EXPOSITION_MAX);
	struct tally tally;
	int status = ssoctl_config(invocation, &config);

	if (status != SSOCTL_OK)
		return status;
	if (!config.log.stats) {
		ssoctl_say("nothing is counted: it takes `stats = yes` under [log] in %s",
			invocation->conf);
		return SSOCTL_FAILED;
	}
	status = read_counters(&config, &tally);
	if (status != SSOCTL_OK)
		return status;
	int r = invocation->json ? exposition_json(&tally, &text) : exposition_text(&tally, &text);
	if (r < 0) {
		ssoctl_say("%s", strerrordesc_np(-r));
		return SSOCTL_FAILED;
	}
	return write_out(invocation, &text);
}

const struct command command_stats = {
	.name = "stats",
	.options = OPTION_CONF | OPTION_OUTPUT,
	.summary = "Print how many signed in or did not, why, and how long it took",
	.help = "In the text format of Prometheus, since the machine was started, where `stats =\n"
		"yes` stands under [log] in pam_sso.conf. For the node exporter's textfile\n"
		"collector, --output FILE writes a file in its directory, whose name ends in "
		".prom,\n"
		"which is replaced at once and readable by all; pam_sso-stats.timer does so each\n"
		"minute. `reason` is what the log has, and what docs/logs.md explains.\n",
	.run = run,
};
