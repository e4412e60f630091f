#include "facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "claims.h"
#include "detail.h"
#include "json.h"

enum { NOTE_SIZE = 256 };

/* Notes that a claim is there and cannot be told. */
static int note(struct strlist *notes, const char *path, const char *what)
{
	char text[NOTE_SIZE];

	detail_set(text, sizeof(text), "claim ");
	detail_add(text, sizeof(text), path);
	detail_add(text, sizeof(text), what);
	return strlist_add(notes, text);
}

/* The document that has the claim: the token, or else userinfo; the token where neither has. */
static const cJSON *source(const cJSON *token, const cJSON *userinfo, const char *path)
{
	return !claims_find(token, path) && claims_find(userinfo, path) ? userinfo : token;
}

static int add_claim(
	const cJSON *document, const char *path, struct strlist *claims, struct strlist *notes)
{
	BUF_AUTO(line, 4 * CLAIMS_VALUE_MAX);
	const char *value = NULL;

	int r = claims_string(document, path, &value);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return note(notes, path, ": not a string that can be used");
	buf_puts(&line, path);
	buf_puts(&line, "=");
	buf_puts(&line, value);
	if (buf_error(&line) < 0)
		return buf_error(&line);
	return strlist_add(claims, buf_str(&line));
}

static int add_groups(
	const cJSON *document, const char *path, struct facts *facts, struct strlist *notes)
{
	int r = claims_groups(document, path, &facts->groups);

	facts->groups_known = r == 0;
	if (r == -EINVAL)
		return note(notes, path, ": not a shape that groups have");
	if (r == -E2BIG)
		return note(notes, path, ": too many groups");
	if (r == -ENOENT && claims_points(document, path))
		return note(notes, path,
			": only a pointer to it (_claim_names), which is not followed: too many "
			"groups for a token");
	return r == -ENOENT ? 0 : r;
}

static int add_sign_in(const cJSON *token, struct facts *facts, struct strlist *notes)
{
	const char *acr = NULL;
	const int64_t latest = (int64_t)1 << 40;

	if (claims_string(token, "acr", &acr) == 0) {
		facts->acr = strdup(acr);
		if (!facts->acr)
			return -ENOMEM;
	}
	facts->auth_time = -1;
	json_integer(json_member(token, "auth_time"), 0, latest, &facts->auth_time);
	int r = claims_groups(token, "amr", &facts->amr);
	if (r == -EINVAL || r == -E2BIG)
		return note(notes, "amr", ": not a list of strings");
	return r == -ENOENT ? 0 : r;
}

int facts_collect(const char *iss, const char *sub, const cJSON *token, const cJSON *userinfo,
	const struct facts_wanted *wanted, struct facts *ret, struct strlist *notes)
{
	int r = 0;

	ret->iss = strdup(iss);
	ret->sub = strdup(sub);
	if (!ret->iss || !ret->sub)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < wanted->claims->n; i++) {
		const char *path = wanted->claims->items[i];
		r = add_claim(source(token, userinfo, path), path, &ret->claims, notes);
	}
	ret->email_verified = json_is_true(source(token, userinfo, "email"), "email_verified");
	if (r == 0 && wanted->groups)
		r = add_groups(source(token, userinfo, wanted->groups), wanted->groups, ret, notes);
	return r < 0 ? r : add_sign_in(token, ret, notes);
}

void facts_free(struct facts *facts)
{
	free(facts->iss);
	free(facts->sub);
	free(facts->acr);
	strlist_free(&facts->claims);
	strlist_free(&facts->groups);
	strlist_free(&facts->amr);
	*facts = (struct facts){0};
}
