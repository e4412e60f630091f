#include "policy.h"

#include <string.h>

/* Rule 1. */
static bool has_acr(const struct config *config, const struct record *event)
{
	const char *acr = record_get(event, "acr");

	return config->token.acr.n == 0 || (acr && strlist_has(&config->token.acr, acr));
}

static bool claims_amr(const struct record *event, const char *method)
{
	for (size_t i = 0; i < record_count(event, "amr"); i++)
		if (strcmp(record_nth(event, "amr", i), method) == 0)
			return true;
	return false;
}

/* Rule 2. */
static bool has_amr(const struct config *config, const struct record *event)
{
	for (size_t i = 0; i < config->token.amr.n; i++)
		if (!claims_amr(event, config->token.amr.items[i]))
			return false;
	return true;
}

/* Rule 3. Subtracted from NOW, which no value of the configuration can take out of range. */
static bool is_recent(const struct config *config, const struct record *event, int64_t now)
{
	int64_t auth_time;

	if (config->token.max_age == CONFIG_NO_AGE)
		return true;
	if (record_get_int(event, "auth_time", 0, INT64_MAX, &auth_time) < 0)
		return false;
	return auth_time <= now + config->token.skew &&
	       auth_time >= now - config->token.skew - config->token.max_age;
}

bool policy_holds(const struct config *config, const struct record *event, int64_t now)
{
	return config->token.required_claims.n == 0 && has_acr(config, event) &&
	       has_amr(config, event) && is_recent(config, event, now);
}
