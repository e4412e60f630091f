#include "code_flow.h"

#include "clock.h"
#include "code_answer.h"
#include "idp.h"
#include "meanwhile.h"
#include "prompt.h"
#include "url.h"
#include "verify.h"

/* The link, and how long it can be opened. */
struct link {
	struct buf uri;
	int64_t good_for; /* seconds */
};

static const char *redirect_uri(const struct task *login)
{
	return login->loopback ? loopback_redirect_uri(login->loopback)
			       : login->request->redirect_uri;
}

/* Rule 3. */
static enum reason choose_push(struct task *login, bool *ret)
{
	const struct metadata *endpoints = login->idp.endpoints;
	bool can = endpoints->pushed_authorization_request_endpoint != NULL;
	enum request_push pushed = login->request->pushed;

	if (endpoints->must_push && pushed == PUSH_NEVER)
		return task_fail(login, REASON_CONFIG,
			"the provider wants authorization requests pushed, and pushed = never");
	if (!can && (endpoints->must_push || pushed == PUSH_ALWAYS))
		return task_fail(login, REASON_DISCOVERY,
			"no pushed_authorization_request_endpoint, where requests have to be "
			"pushed");
	*ret = can && pushed != PUSH_NEVER;
	return REASON_OK;
}

static enum reason add_pushed(struct task *login, const struct authorization *attempt,
	struct buf *form, int64_t *good_for)
{
	PUSHED_AUTO(pushed);

	enum reason reason = idp_push(&login->idp, attempt, redirect_uri(login), &pushed);
	if (reason != REASON_OK)
		return reason;
	if (pushed.expires_in < *good_for)
		*good_for = pushed.expires_in;
	authorization_add_pushed(login->request->client.id, pushed.request_uri, form);
	return REASON_OK;
}

static enum reason make_link(
	struct task *login, const struct authorization *attempt, struct link *ret)
{
	BUF_AUTO(form, AUTHORIZATION_URL_MAX);
	const struct authorization_request request = idp_authorization_request(
		&login->idp, redirect_uri(login));
	const char *endpoint = login->idp.endpoints->authorization_endpoint;
	bool push = false;

	if (!url_is_endpoint(endpoint) || !url_is_verification_uri(endpoint))
		return task_fail(login, REASON_DISCOVERY,
			"authorization_endpoint is no https address that can be shown");
	enum reason reason = choose_push(login, &push);
	if (reason == REASON_OK && push)
		reason = add_pushed(login, attempt, &form, &ret->good_for);
	else if (reason == REASON_OK)
		authorization_add(attempt, &request, &form);
	if (reason != REASON_OK)
		return reason;
	authorization_link(endpoint, &form, &ret->uri);
	if (buf_error(&form) < 0 || buf_error(&ret->uri) < 0)
		return task_fail(login, REASON_CONFIG, "the authorization request is too long");
	return REASON_OK;
}

/* Rounded up: the caller takes less than it has left itself for a request that ends before. */
static int64_t seconds_left(const struct task *login)
{
	return ((int64_t)clock_poll_timeout(login->idp.deadline_ms) + 999) / 1000;
}

static enum reason prompt(struct task *login, const struct link *link)
{
	int64_t left = seconds_left(login);
	const struct prompt_link shown = {
		.uri = buf_str(&link->uri),
		.good_for = link->good_for < left ? link->good_for : left,
		.qr = login->request->qr,
		.listening = login->loopback != NULL,
	};

	/* From here on it may paste. */
	http_let_caller_speak(login->idp.http);
	if (prompt_send_link(login->channel, &shown, login->idp.deadline_ms) < 0)
		return task_fail(login, REASON_CANCELLED, "the prompt could not be handed over");
	return REASON_OK;
}

/* Up to the link. */
static enum reason begin(struct task *login, struct authorization *attempt, struct link *ret)
{
	enum reason reason = idp_discover(&login->idp,
		IDP_AUTHORIZATION | IDP_TOKEN | IDP_DOCUMENT | verify_endpoints(login));

	if (reason == REASON_OK)
		reason = idp_begin_code(&login->idp, login->request->label, attempt);
	if (reason == REASON_OK)
		reason = make_link(login, attempt, ret);
	return task_unattended(reason);
}

/* Rules 4 and 6. */
static enum reason exchange(struct task *login, const struct authorization *attempt,
	const struct secret *code, struct token_reply *ret)
{
	TOKEN_REPLY_AUTO(reply);

	enum reason reason = idp_exchange(&login->idp, attempt, code, redirect_uri(login), &reply);
	if (reason == REASON_OK)
		reason = token_reply_reason(&reply);
	if (reason != REASON_OK)
		return task_attended(reason);
	*ret = reply;
	reply = (struct token_reply){0};
	return REASON_OK;
}

enum reason code_flow(struct task *login, struct authorization *attempt, struct token_reply *ret)
{
	SECRET_AUTO(code);
	struct link link = {.uri = {.max = AUTHORIZATION_URL_MAX}, .good_for = INT64_MAX};

	enum reason reason = begin(login, attempt, &link);
	if (reason == REASON_OK)
		reason = prompt(login, &link);
	buf_free(&link.uri);
	if (reason == REASON_OK)
		reason = meanwhile(login);
	if (reason == REASON_OK)
		reason = code_answer_await(login, attempt->state, &code);
	loopback_close(login->loopback);
	return reason == REASON_OK ? exchange(login, attempt, &code, ret) : reason;
}
