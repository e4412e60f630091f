/*
 * check: the identity provider, asked by the worker for all that needs no person, and the worker's
 * own sandbox, which it tells of with any result.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "count.h"
#include "job.h"
#include "runas.h"
#include "worker_request.h"

enum { CLOCK_FINE = 5 };              /* seconds that nobody needs to hear of */
#define CLOCK_MOST ((int64_t)1 << 40) /* a Date has four digits for the year */

static const struct check_kind kind_ok = {"idp", CHECK_OK, NULL, NULL};
static const struct check_kind kind_clock_ok = {"clock", CHECK_OK, NULL, NULL};
static const struct check_kind kind_clock_off = {"clock-off", CHECK_WARNING,
	"Tokens say when they were issued and when they end: more than `skew` apart, none is "
	"accepted.",
	"Let this machine's clock follow a time server (systemd-timesyncd, chrony)."};
static const struct check_kind kind_clock_wrong = {"clock-wrong", CHECK_ERROR,
	"Tokens say when they were issued and when they end: none is accepted that is more than "
	"`skew` "
	"off.",
	"Let this machine's clock follow a time server (systemd-timesyncd, chrony)."};
static const struct check_kind kind_sandbox = {"sandbox", CHECK_OK, NULL, NULL};
static const struct check_kind kind_sandbox_less = {"sandbox-less", CHECK_WARNING,
	"This kernel lacks a part of the sandbox around the program that speaks to the network; "
	"the "
	"others hold.",
	"A newer kernel, with CONFIG_SECCOMP_FILTER and CONFIG_SECURITY_LANDLOCK, has all of it; "
	"see "
	"that /sys/kernel/security/lsm names landlock. Nothing else needs to be done."};
static const struct check_kind kind_request = {"idp-request", CHECK_ERROR,
	"The identity provider could not be asked.", "Mend what is named."};
static const struct check_kind kind_worker = {"idp-worker", CHECK_ERROR,
	"The program that asks the identity provider did not come to a result.",
	"See that it is of this version, and what `journalctl -t sso-worker` has."};
static const struct check_kind kind_other = {"idp-failed", CHECK_ERROR,
	"A sign-in would fail in the same way.",
	"Compare `issuer`, the endpoints, `scope` and the client with what the provider's own "
	"pages "
	"say; docs/idp has what is known of some."};
static const struct check_kind kind_scope = {"idp-scope", CHECK_ERROR,
	"The provider refuses a scope that is asked for, and the sign-in with it.",
	"Let this client have each scope of `scope` at the provider, or take it out there; "
	"`offline_access = no` leaves that one out, and no session can be renewed then."};
static const struct check_kind kind_unasked = {"idp-unasked", CHECK_WARNING,
	"The worker, which asks it, cannot be started as its user: see worker-user above.",
	"Mend that, and check again."};

/* What a reason means here. */
static const struct {
	enum reason reason;
	struct check_kind kind;
} reasons[] = {
	{REASON_UNREACHABLE,
		{"idp-unreachable", CHECK_ERROR, "Nobody can sign in while it is not reached.",
			"See that the name resolves, that a firewall lets this machine out to the "
			"provider's port (443, where `issuer` names none), and `proxy` where there "
			"is one."}},
	{REASON_TLS,
		{"idp-tls", CHECK_ERROR,
			"Its certificate is not vouched for, so it could be anybody's.",
			"If an authority of the organisation's own issued it, give that to "
			"update-ca-certificates, or name it in ca_file, readable by all. One that "
			"has expired or names another host is the provider's to mend; see that "
			"this machine's clock is right."}},
	{REASON_REDIRECT, {"idp-redirect", CHECK_ERROR,
				  "Redirects are not followed: they could lead anywhere.",
				  "Write the address that it redirects to."}},
	{REASON_DISCOVERY,
		{"idp-discovery", CHECK_ERROR, "The endpoints are not known.",
			"Compare `issuer`, to the last slash, with the document at "
			"ISSUER/.well-known/openid-configuration; or name the endpoints, and "
			"`discovery = no`. Who speaks OAuth without OpenID Connect, as GitHub "
			"does, has no such document and no ID tokens, and is not supported."}},
	{REASON_KEYS, {"idp-keys", CHECK_ERROR, "Without its keys no token can be verified.",
			      "See what the address in `jwks_uri` says."}},
	{REASON_NO_DEVICE_FLOW,
		{"idp-device", CHECK_ERROR, "The provider does not offer the device flow.",
			"Let it offer that for this client, or write `flow = code`."}},
	{REASON_CLIENT_REFUSED,
		{"idp-client", CHECK_ERROR,
			"The provider does not know this client, or not as it is here.",
			"Compare client_id, client_auth and the secret with the provider's; the "
			"client has "
			"to be allowed the device flow, and every scope of `scope`."}},
	{REASON_SANDBOX, {"sandbox-failed", CHECK_ERROR,
				 "The worker goes on with no part of its sandbox failing.",
				 "See what else confines this process: a container's rules, "
				 "another module of the "
				 "kernel's."}},
};

static const struct check_kind *kind_of(enum reason reason, const char *detail)
{
	if (strstr(detail, "invalid_scope"))
		return &kind_scope;
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].reason == reason)
			return &reasons[i].kind;
	return &kind_other;
}

/* The parts of the sandbox, by what the worker says of them, and what each does. Landlock's grew with
 * its versions. */
static const struct {
	const char *says;
	int version; /* from which on; 0: it has none */
	const char *does;
} sandbox_parts[] = {
	{"seccomp", 0, "seccomp: no system calls but those it needs"},
	{"landlock:", 1, "Landlock: no files but those it needs"},
	{"landlock:", 4, "Landlock: no TCP but to the provider's port (Linux 6.7)"},
	{"landlock:", 6, "Landlock: no signals and no abstract sockets of others (Linux 6.12)"},
};

static bool is_granted(const char *text, const char *says, int version)
{
	const char *found = strstr(text, says);

	/* "no-seccomp" has "seccomp", too. */
	if (!found || (found != text && found[-1] == '-'))
		return false;
	return strtol(found + strlen(says), NULL, 10) >= version;
}

static void tell_sandbox(struct check *check, const struct record *result)
{
	const char *text = record_get(result, "sandbox");

	for (size_t i = 0; text && *text && i < COUNT(sandbox_parts); i++) {
		bool granted = is_granted(text, sandbox_parts[i].says, sandbox_parts[i].version);

		check_find(&check->findings, granted ? &kind_sandbox : &kind_sandbox_less, "%s%s",
			sandbox_parts[i].does, granted ? "" : ": is not there");
	}
}

static void tell_clock(struct check *check, const struct record *result)
{
	int64_t skew = check->config.token.skew;
	const struct check_kind *kind = &kind_clock_ok;
	int64_t ahead;

	if (record_get_int(result, "clock", -CLOCK_MOST, CLOCK_MOST, &ahead) < 0)
		return;
	if (llabs(ahead) > skew)
		kind = &kind_clock_wrong;
	else if (llabs(ahead) > CLOCK_FINE)
		kind = &kind_clock_off;
	check_find(&check->findings, kind,
		"the provider's clock is %" PRId64 " seconds %s ours (skew is %" PRId64 ")",
		(int64_t)llabs(ahead), ahead < 0 ? "behind" : "ahead of", skew);
}

static void tell_notes(struct check *check, const struct record *result)
{
	for (size_t i = 0; i < record_count(result, "note"); i++)
		check_find(&check->findings, &kind_ok, "%s", record_nth(result, "note", i));
}

static void tell(struct check *check, enum reason reason, const struct record *result)
{
	const char *issuer = check->config.provider.issuer;
	const char *keys = record_get(result, "keys");
	const char *detail = record_get(result, "detail");

	if (!detail)
		detail = reason_name(reason);
	tell_sandbox(check, result);
	if (reason == REASON_OK)
		check_find(&check->findings, &kind_ok,
			"%s: is there and knows this client; keys that can be used: %s", issuer,
			keys ? keys : "none");
	else
		check_find(&check->findings, kind_of(reason, detail), "%s: %s", issuer, detail);
	tell_notes(check, result);
	tell_clock(check, result);
}

void check_idp(struct check *check)
{
	RECORD_AUTO(request);
	RECORD_AUTO(result);
	struct spawn_identity identity;
	struct config_error error = {0};
	struct job job;

	if (!check->configured)
		return;
	if (runas_find(&check->config, &identity, &error) != REASON_OK) {
		check_find(&check->findings, &kind_unasked, "%s: was not asked",
			check->config.provider.issuer);
		return;
	}
	if (worker_request_probe(&check->config, &request, &error) != REASON_OK) {
		check_find(&check->findings, &kind_request, "%s", error.text);
		return;
	}
	enum reason reason = job_run(&job, check->config.network.worker, &identity, request,
		clock_monotonic_ms() + WORKER_REQUEST_ANSWER_MS, &result);
	if (result)
		tell(check, reason, result);
	else
		check_find(&check->findings, &kind_worker, "%s: %s", check->config.network.worker,
			job.detail);
}
