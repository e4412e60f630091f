/*
 * The worker says what claims would come to that somebody hands over (worker/explain_job.h). The first
 * byte chooses what is asked of them beside whose they are; what it says, the caller can read.
 */
#include "fuzz.h"

#include <errno.h>

#include "count.h"
#include "explain_job.h"
#include "json.h"
#include "wire.h"

#define ISSUER "https://idp.example.com"

static const char *const asked[][2] = {
	{"acr", "mfa"}, {"amr", "otp"}, {"required_claim", "tenant=example"}, {"max_age", "3600"}};

static const char *const fields[][2] = {{"job", WIRE_JOB_EXPLAIN}, {"issuer", ISSUER},
	{"client_id", "host"}, {"client_auth", "none"}, {"scope", "openid"},
	{"discovery", WIRE_YES}, {"alg", "ES256"}, {"skew", "60"}, {"claim", "preferred_username"},
	{"claim", "email"}, {"groups_claim", "groups"}, {"whole", WIRE_YES},
	{"ca_dir", "/etc/ssl/certs"}, {"tls_min", "1.2"}, {"connect_timeout", "10"},
	{"request_timeout", "15"}, {"deadline", "15"}};

/* NULL where no record carries the document. */
static struct record *make_request(unsigned int what, const char *document)
{
	RECORD_AUTO(record);

	record = record_new(wire_request);
	MUST(record);
	for (size_t i = 0; i < COUNT(fields); i++)
		MUST(record_add(record, fields[i][0], fields[i][1]) == 0);
	for (size_t i = 0; i < COUNT(asked); i++)
		if (what & 1u << i)
			MUST(record_add(record, asked[i][0], asked[i][1]) == 0);
	if (record_add(record, "document", document) < 0)
		return NULL;
	struct record *made = record;
	record = NULL;
	return made;
}

static void check_answer(const struct record *answer, unsigned int what, const char *document)
{
	JSON_AUTO(claims);
	const char *sub = record_get(answer, "sub"), *acr = record_get(answer, "acr");

	claims = json_parse_object(document, strlen(document), RECORD_LINE);
	MUST(claims && strcmp(json_string(claims, "iss"), ISSUER) == 0);
	MUST(strcmp(record_get(answer, "iss"), ISSUER) == 0);
	MUST(*sub && fuzz_is_printable(sub) && strcmp(sub, json_string(claims, "sub")) == 0);
	MUST(!(what & 1) || (acr && strcmp(acr, "mfa") == 0));
}

static void run(const struct request *request, unsigned int what, const char *document)
{
	RESULT_AUTO(result);
	RECORD_AUTO(answer);
	BUF_AUTO(out, 2 * RECORD_MAX);
	struct task task = {
		.request = request, .result = &result, .idp = {.request = request}, .began_s = 100};

	task_conclude(&task, explain_job_run(&task));
	MUST(fuzz_is_printable(result.detail) && (result.reason == REASON_OK || *result.detail));
	int r = result_format(&result, &out);
	MUST(r == 0 && record_parse(buf_str(&out), out.len, wire_event, &answer) == (int)out.len);
	MUST((strcmp(record_get(answer, "reason"), "ok") == 0) == (result.reason == REASON_OK));
	if (result.reason == REASON_OK)
		check_answer(answer, what, document);
	else
		MUST(!record_get(answer, "sub") && !record_get(answer, "claim"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	RECORD_AUTO(record);
	REQUEST_AUTO(request);
	const char *key = NULL;

	if (len == 0)
		return 0;
	FUZZ_STRING(document, bytes + 1, len - 1);
	record = make_request(bytes[0], document);
	if (!record)
		return 0;
	int r = request_read(record, &request, &key);
	MUST(r == 0 || (r == -EINVAL && strcmp(key, "document") == 0));
	if (r == 0)
		run(&request, bytes[0], document);
	return 0;
}
