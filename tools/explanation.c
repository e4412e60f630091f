#include "explanation.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "identity.h"
#include "json_out.h"
#include "local_user.h"
#include "ssoctl.h"

enum { RULE_COLUMNS = 15 };

static void hear(struct account_steps *steps, const struct account_step *step)
{
	struct explanation *explanation = (struct explanation *)steps;
	size_t n = explanation->whats.n;

	if (n < EXPLANATION_STEPS && strlist_add(&explanation->whats, step->what) == 0)
		explanation->rows[n] = (struct explanation_step){
			.rule = step->rule, .reason = step->reason};
}

/* What ends a decision before account.h has its say. */
static void conclude(struct explanation *explanation, enum reason reason, const char *rule)
{
	explanation->decision = (struct account_decision){.reason = reason};
	snprintf(explanation->decision.rule, sizeof(explanation->decision.rule), "%s", rule);
}

static bool is_ours(const struct explanation_question *question, struct explanation *explanation)
{
	bool service = account_is_ours(question->config, question->service, NULL);
	const char *rule = service ? "ignore_users" : "ignore_services";

	if (service && account_is_ours(question->config, question->service, question->user))
		return true;
	conclude(explanation,
		ACCOUNT_STEP(&explanation->steps, rule, REASON_NOT_OURS,
			"names %s: the rest of its stack decides",
			service ? question->user : question->service),
		rule);
	return false;
}

/* What the worker has against the claims. */
static enum reason read_result(const struct explanation_question *question,
	struct explanation *explanation, struct identity_lists *lists, struct identity *ret)
{
	const char *detail = question->result ? record_get(question->result, "detail") : NULL;

	if (question->reason != REASON_OK)
		return ACCOUNT_STEP(&explanation->steps, "token", question->reason, "%s",
			detail ? detail : reason_name(question->reason));
	for (size_t i = 0; i < record_count(question->result, "note"); i++)
		(void)strlist_add(&explanation->notes, record_nth(question->result, "note", i));
	enum reason reason = identity_read(
		question->result, question->config->provider.issuer, lists, ret);
	if (reason == REASON_OK)
		return ACCOUNT_STEP(&explanation->steps, "token", reason,
			"is of the issuer and for this client, and says what is asked for");
	return ACCOUNT_STEP(&explanation->steps, "token", reason, "cannot be used");
}

/* In the module's order: the user is refused before anybody is asked for claims. */
static void decide(const struct explanation_question *question, const struct usermap *map,
	const struct local_user *user, struct explanation *explanation)
{
	const struct config *config = question->config;
	__attribute__((cleanup(identity_free))) struct identity_lists lists = {0};
	struct identity identity = {0};
	bool mapped = config->user.map_file;

	account_check_user(config, user, &explanation->decision);
	if (explanation->decision.reason == REASON_OK) {
		enum reason reason = read_result(question, explanation, &lists, &identity);

		if (reason != REASON_OK) {
			conclude(explanation, reason, "token");
			return;
		}
	}
	account_explain(config, mapped ? map : NULL, &identity, user, &explanation->steps,
		&explanation->decision);
}

static int load_map(const struct config *config, struct usermap *ret)
{
	struct config_error error = {0};

	if (!config->user.map_file || usermap_load(config->user.map_file, ret, &error) == 0)
		return SSOCTL_OK;
	ssoctl_say("%s", error.text);
	return SSOCTL_FAILED;
}

int explanation_make(const struct explanation_question *question, struct explanation *ret)
{
	USERMAP_AUTO(map);
	LOCAL_USER_AUTO(entry);

	ret->steps.hear = hear;
	if (!is_ours(question, ret))
		return SSOCTL_OK;
	if (load_map(question->config, &map) != SSOCTL_OK)
		return SSOCTL_FAILED;
	int r = local_user_find(question->user, &entry);
	if (r < 0) {
		ssoctl_say("the user database cannot be asked: %s", strerrordesc_np(-r));
		return SSOCTL_FAILED;
	}
	decide(question, &map, &entry.user, ret);
	return SSOCTL_OK;
}

static const char *verdict(enum reason reason)
{
	switch (reason) {
	case REASON_OK: return "let-in";
	case REASON_NOT_OURS: return "not-ours";
	default: return "refused";
	}
}

static void print_steps(const struct explanation *explanation, struct buf *out)
{
	for (size_t i = 0; i < explanation->whats.n; i++) {
		const struct explanation_step *row = &explanation->rows[i];

		buf_printf(out, "%-8s  %-*s  ", row->reason == REASON_OK ? "ok" : "refused",
			RULE_COLUMNS, row->rule);
		escape_add(out, explanation->whats.items[i]);
		buf_puts(out, "\n");
	}
	for (size_t i = 0; i < explanation->notes.n; i++) {
		buf_printf(out, "%-8s  ", "note");
		escape_add(out, explanation->notes.items[i]);
		buf_puts(out, "\n");
	}
}

void explanation_print(const struct explanation *explanation)
{
	const struct account_decision *decision = &explanation->decision;
	BUF_AUTO(out, EXPLANATION_MAX);

	print_steps(explanation, &out);
	buf_printf(&out, "%-8s  reason=%s rule=", verdict(decision->reason),
		reason_name(decision->reason));
	escape_add_value(&out, decision->rule);
	buf_puts(&out, " mapped=");
	escape_add_value(&out, decision->mapped);
	puts(buf_str(&out));
}

/* Adds a member, behind what may be there. */
static void add_member(struct buf *out, const char *name, const char *value)
{
	bool first = out->len == 0 || out->data[out->len - 1] == '{';

	buf_printf(out, "%s\"%s\": ", first ? "" : ", ", name);
	json_out_string(out, value);
}

static void add_steps(const struct explanation *explanation, struct buf *out)
{
	buf_puts(out, ", \"steps\": [");
	for (size_t i = 0; i < explanation->whats.n; i++) {
		buf_puts(out, i ? ", {" : "{");
		add_member(out, "rule", explanation->rows[i].rule);
		add_member(out, "reason", reason_name(explanation->rows[i].reason));
		add_member(out, "what", explanation->whats.items[i]);
		buf_puts(out, "}");
	}
	buf_puts(out, "], \"notes\": [");
	for (size_t i = 0; i < explanation->notes.n; i++) {
		buf_puts(out, i ? ", " : "");
		json_out_string(out, explanation->notes.items[i]);
	}
	buf_puts(out, "]");
}

void explanation_add_json(const struct explanation *explanation, struct buf *out)
{
	const struct account_decision *decision = &explanation->decision;

	add_member(out, "verdict", verdict(decision->reason));
	add_member(out, "reason", reason_name(decision->reason));
	add_member(out, "rule", decision->rule);
	add_member(out, "mapped", decision->mapped);
	add_steps(explanation, out);
}

int explanation_status(const struct explanation *explanation)
{
	return explanation->decision.reason == REASON_OK ? SSOCTL_OK : SSOCTL_FAILED;
}

void explanation_free(struct explanation *explanation)
{
	strlist_free(&explanation->whats);
	strlist_free(&explanation->notes);
}
