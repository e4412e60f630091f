/*
 * A reply of the device authorization endpoint (device.h), and the first step of its schedule. The
 * first byte chooses the status. What the worker would show, the module would too (offer.h).
 */
#include "fuzz.h"

#include "device.h"
#include "offer.h"
#include "url.h"
#include "wire.h"

static const long statuses[] = {200, 400, 401, 404, 429, 500, 302};

static void check_offer(const struct device_grant *grant)
{
	RECORD_AUTO(prompt);
	struct offer offer;

	prompt = record_new(wire_event);
	MUST(prompt && record_add(prompt, "verification_uri", grant->verification_uri) == 0);
	MUST(record_add(prompt, "user_code", grant->user_code) == 0);
	MUST(record_add_int(prompt, "expires_in", grant->expires_in) == 0);
	MUST(offer_read(prompt, FLOW_DEVICE, &offer) == REASON_OK);
}

static void check_grant(const struct device_grant *grant)
{
	struct device_schedule schedule;
	const char *complete = grant->verification_uri_complete;

	MUST(url_is_sendable(secret_reveal(&grant->device_code)));
	MUST(*grant->user_code && fuzz_is_printable(grant->user_code));
	MUST(url_is_verification_uri(grant->verification_uri));
	MUST(!complete || url_is_verification_uri(complete));
	MUST(grant->expires_in >= 1 && grant->expires_in <= DEVICE_LIFETIME_MAX);
	MUST(grant->interval >= 1 && grant->interval < grant->expires_in);
	device_schedule_start(&schedule, grant, 1000);
	MUST(schedule.next_ms >= 1000 + grant->interval * 1000);
	MUST(schedule.next_ms < schedule.end_ms);
	check_offer(grant);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char detail[128] = "";
	DEVICE_GRANT_AUTO(grant);

	if (len == 0)
		return 0;
	long status = statuses[bytes[0] % (sizeof(statuses) / sizeof(statuses[0]))];
	enum reason reason = device_parse(
		status, (const char *)bytes + 1, len - 1, len % 2, &grant, detail, sizeof(detail));
	MUST(fuzz_is_printable(detail) && (reason == REASON_OK || *detail));
	MUST((reason == REASON_OK) == (grant.user_code != NULL));
	MUST(reason != REASON_OK || status == 200);
	if (reason == REASON_OK)
		check_grant(&grant);
	return 0;
}
