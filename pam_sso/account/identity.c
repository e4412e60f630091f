#include "identity.h"

#include <string.h>

#include "wire.h"

static int copy_list(const struct record *result, const char *key, struct strlist *list)
{
	int r = 0;

	for (size_t i = 0; i < record_count(result, key) && r == 0; i++)
		r = strlist_add(list, record_nth(result, key, i));
	return r;
}

static bool says_yes(const struct record *result, const char *key)
{
	const char *value = record_get(result, key);

	return value && strcmp(value, WIRE_YES) == 0;
}

enum reason identity_read(const struct record *result, const char *issuer,
	struct identity_lists *lists, struct identity *ret)
{
	const char *iss = record_get(result, "iss"), *sub = record_get(result, "sub");

	if (!iss || strcmp(iss, issuer) != 0 || !sub || !*sub)
		return REASON_WORKER;
	if (copy_list(result, "claim", &lists->claims) < 0 ||
		copy_list(result, "group", &lists->groups) < 0)
		return REASON_NO_MEMORY;
	*ret = (struct identity){
		.iss = iss,
		.sub = sub,
		.claims = &lists->claims,
		.email_verified = says_yes(result, "email_verified"),
		.groups_known = says_yes(result, "groups"),
		.groups = &lists->groups,
	};
	return REASON_OK;
}

void identity_free(struct identity_lists *lists)
{
	strlist_free(&lists->claims);
	strlist_free(&lists->groups);
}
