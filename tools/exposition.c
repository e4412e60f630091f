#include "exposition.h"

#include <inttypes.h>
#include <stdio.h>

/* The values of the label `verdict`. */
static const char *const ends[TALLY_ENDS] = {[TALLY_IN] = "in", [TALLY_REFUSED] = "refused"};

/* Calls EACH for all that is told of attempts: 0 for `ok` where the service is known. */
static void each_attempt(const struct tally *tally, struct buf *out,
	void (*each)(struct buf *out, const char *service, enum reason reason, uint64_t n))
{
	for (size_t i = 0; i < TALLY_ROWS; i++) {
		const struct tally_row *row = &tally->rows[i];
		const char *service = tally_service(row);

		for (unsigned int reason = 0; service && reason < REASON_COUNT; reason++)
			if (row->attempts[reason] || (reason == REASON_OK && i > 0))
				each(out, service, reason, row->attempts[reason]);
	}
}

/* How many took as long as the bucket LAST says, or less. */
static uint64_t took_up_to(const struct tally *tally, enum tally_end end, size_t last)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= last; i++)
		n += tally->took[end][i];
	return n;
}

static void bound_text(size_t bucket, char ret[16])
{
	if (bucket == TALLY_BUCKETS - 1)
		(void)snprintf(ret, 16, "+Inf");
	else
		(void)snprintf(ret, 16, "%u", tally_bounds[bucket]);
}

static void add_head(struct buf *out, const char *name, const char *type, const char *help)
{
	(void)buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_attempt(struct buf *out, const char *service, enum reason reason, uint64_t n)
{
	(void)buf_printf(out, "pam_sso_attempts_total{service=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
		service, reason_name(reason), n);
}

static void add_histogram(struct buf *out, const struct tally *tally, enum tally_end end)
{
	for (size_t i = 0; i < TALLY_BUCKETS; i++) {
		char bound[16];

		bound_text(i, bound);
		(void)buf_printf(out,
			"pam_sso_prompt_seconds_bucket{verdict=\"%s\",le=\"%s\"} %" PRIu64 "\n",
			ends[end], bound, took_up_to(tally, end, i));
	}
	(void)buf_printf(out,
		"pam_sso_prompt_seconds_sum{verdict=\"%s\"} %" PRIu64 ".%03" PRIu64 "\n"
		"pam_sso_prompt_seconds_count{verdict=\"%s\"} %" PRIu64 "\n",
		ends[end], tally->took_ms[end] / 1000, tally->took_ms[end] % 1000, ends[end],
		took_up_to(tally, end, TALLY_BUCKETS - 1));
}

int exposition_text(const struct tally *tally, struct buf *out)
{
	add_head(out, "pam_sso_attempts_total", "counter",
		"Sign-ins that came to a verdict, by PAM service and reason.");
	each_attempt(tally, out, add_attempt);
	add_head(out, "pam_sso_prompt_seconds", "histogram",
		"How long it took from the prompt to the verdict.");
	for (enum tally_end end = 0; end < TALLY_ENDS; end++)
		add_histogram(out, tally, end);
	add_head(out, "pam_sso_idp_errors_total", "counter",
		"How often the identity provider could not be asked, by kind.");
	for (unsigned int kind = 0; kind < REASON_COUNT; kind++)
		if (tally_is_idp_error(kind))
			(void)buf_printf(out, "pam_sso_idp_errors_total{kind=\"%s\"} %" PRIu64 "\n",
				reason_name(kind), tally->idp_errors[kind]);
	return buf_error(out);
}

/* Behind the first of a list or an object stands a comma. */
static const char *comma(const struct buf *out)
{
	unsigned int last = out->len ? out->data[out->len - 1] : '[';

	return last == '[' || last == '{' ? "" : ",";
}

static void add_attempt_json(struct buf *out, const char *service, enum reason reason, uint64_t n)
{
	(void)buf_printf(out,
		"%s\n\t{\"service\": \"%s\", \"reason\": \"%s\", \"count\": %" PRIu64 "}",
		comma(out), service, reason_name(reason), n);
}

static void add_histogram_json(struct buf *out, const struct tally *tally, enum tally_end end)
{
	(void)buf_printf(out,
		"%s\n\t\"%s\": {\"count\": %" PRIu64 ", \"sum\": %" PRIu64 ".%03" PRIu64
		", \"buckets\": {",
		comma(out), ends[end], took_up_to(tally, end, TALLY_BUCKETS - 1),
		tally->took_ms[end] / 1000, tally->took_ms[end] % 1000);
	for (size_t i = 0; i < TALLY_BUCKETS; i++) {
		char bound[16];

		bound_text(i, bound);
		(void)buf_printf(
			out, "%s\"%s\": %" PRIu64, i ? ", " : "", bound, took_up_to(tally, end, i));
	}
	(void)buf_puts(out, "}}");
}

int exposition_json(const struct tally *tally, struct buf *out)
{
	(void)buf_puts(out, "{\"attempts\": [");
	each_attempt(tally, out, add_attempt_json);
	(void)buf_puts(out, "],\n\"prompt_seconds\": {");
	for (enum tally_end end = 0; end < TALLY_ENDS; end++)
		add_histogram_json(out, tally, end);
	(void)buf_puts(out, "},\n\"idp_errors\": {");
	for (unsigned int kind = 0; kind < REASON_COUNT; kind++)
		if (tally_is_idp_error(kind))
			(void)buf_printf(out, "%s\n\t\"%s\": %" PRIu64, comma(out),
				reason_name(kind), tally->idp_errors[kind]);
	(void)buf_puts(out, "}}\n");
	return buf_error(out);
}
