#include "explain_job.h"

#include <string.h>

#include "clock.h"
#include "idtoken.h"
#include "json.h"
#include "verify.h"

/* The moment that the times are held against. */
static int64_t moment(const cJSON *claims)
{
	const int64_t latest = (int64_t)1 << 40;
	int64_t iat = clock_wall_s();

	(void)json_integer(json_member(claims, "iat"), 0, latest, &iat);
	return iat;
}

static enum reason check(struct task *task, const cJSON *claims)
{
	const struct request *request = task->request;
	const struct idtoken_expect expect = {
		.issuer = request->issuer,
		.client_id = request->client.id,
		.audiences = &request->audiences,
		.now = moment(claims),
		.began = -1,
		.skew = request->skew,
		.acr = &request->acr,
		.amr = &request->amr,
		.max_age = request->max_age,
		.required_claims = &request->required_claims,
	};

	return idtoken_check_lasting(claims, &expect, task->idp.detail, sizeof(task->idp.detail));
}

enum reason explain_job_run(struct task *task)
{
	const char *document = task->request->document;
	IDTOKEN_AUTO(token);

	token.claims = json_parse_object(document, strlen(document), RECORD_LINE);
	if (!token.claims)
		return task_fail(task, REASON_TOKEN_FORM, "that is not one JSON object");
	enum reason reason = check(task, token.claims);
	if (reason != REASON_OK)
		return reason;
	const char *sub = json_string(token.claims, "sub");
	token.sub = sub ? strdup(sub) : NULL;
	if (!token.sub)
		return task_fail(task, REASON_NO_MEMORY, "out of memory");
	return verify_collect_from(task, &token, NULL);
}
