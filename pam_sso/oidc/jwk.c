#include "jwk.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "count.h"
#include "escape.h"
#include "json.h"
#include "jwk_key.h"

enum { NOTE_MAX = 2048 }; /* an escaped kid has at most 4 * JWK_KID_MAX bytes and two quotes */

static const struct {
	const char *kty;
	EVP_PKEY *(*read)(const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why);
} types[] = {
	{"RSA", jwk_key_rsa},
	{"EC", jwk_key_ec},
	{"OKP", jwk_key_okp},
};

/* Members of private and symmetric keys (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1). */
static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

static bool has_private_members(const cJSON *jwk)
{
	for (size_t i = 0; i < COUNT(private_members); i++)
		if (json_member(jwk, private_members[i]))
			return true;
	return false;
}

/* Whether `use` and `key_ops` (RFC 7517 sections 4.2, 4.3), where they are there, allow to
 * verify. */
static bool may_verify(const cJSON *jwk)
{
	const cJSON *use = json_member(jwk, "use");
	const cJSON *ops = json_member(jwk, "key_ops");

	if (use && (!cJSON_IsString(use) || strcmp(use->valuestring, "sig") != 0))
		return false;
	if (!ops)
		return true;
	if (!cJSON_IsArray(ops))
		return false;
	for (const cJSON *op = ops->child; op; op = op->next)
		if (cJSON_IsString(op) && strcmp(op->valuestring, "verify") == 0)
			return true;
	return false;
}

static bool is_absent_or_string(const cJSON *jwk, const char *name)
{
	return !json_member(jwk, name) || json_string(jwk, name);
}

/* How many keys of the whole set have this kid, usable or not. */
static unsigned int count_kid(const cJSON *keys, const char *kid)
{
	unsigned int count = 0;

	for (const cJSON *jwk = keys->child; jwk; jwk = jwk->next) {
		const char *other = json_string(jwk, "kid");
		if (other && strcmp(other, kid) == 0)
			count++;
	}
	return count;
}

/* What makes a key of any type unusable, or NULL. */
static const char *unusable(const cJSON *keys, const cJSON *jwk)
{
	const char *kid = json_string(jwk, "kid");

	if (!cJSON_IsObject(jwk))
		return "no object";
	if (!is_absent_or_string(jwk, "kid") || (kid && strlen(kid) > JWK_KID_MAX))
		return "a kid that is no string of at most 256 bytes";
	if (kid && count_kid(keys, kid) > 1)
		return "a kid that stands twice";
	if (!is_absent_or_string(jwk, "alg"))
		return "an alg that is no string";
	if (has_private_members(jwk))
		return "private members";
	return may_verify(jwk) ? NULL : "not for verifying signatures";
}

static EVP_PKEY *read_key(
	const cJSON *keys, const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why)
{
	const char *kty = json_string(jwk, "kty");

	*ret_why = unusable(keys, jwk);
	if (*ret_why)
		return NULL;
	for (size_t i = 0; kty && i < COUNT(types); i++)
		if (strcmp(types[i].kty, kty) == 0)
			return types[i].read(jwk, ret_type, ret_why);
	*ret_why = "a kty other than RSA, EC, OKP";
	return NULL;
}

/* Notes why the key at INDEX (from 0) was left out. */
static int note(struct jwk_set *set, size_t index, const cJSON *jwk, const char *why)
{
	BUF_AUTO(line, NOTE_MAX);
	const char *kid = json_string(jwk, "kid");

	buf_printf(&line, "key %zu", index + 1);
	if (kid && strlen(kid) <= JWK_KID_MAX) {
		buf_puts(&line, " kid=");
		escape_add_value(&line, kid);
	}
	buf_puts(&line, " is left out: ");
	if (buf_puts(&line, why) < 0)
		return buf_error(&line);
	return strlist_add(&set->notes, buf_str(&line));
}

static char *copy_string(const cJSON *jwk, const char *name, bool *failed)
{
	const char *string = json_string(jwk, name);
	char *copy = string ? strdup(string) : NULL;

	if (string && !copy)
		*failed = true;
	return copy;
}

/* Takes a key into the set, or notes why not. */
static int add_key(struct jwk_set *set, const cJSON *keys, const cJSON *jwk, size_t index)
{
	struct jwk *slot = &set->keys[set->n];
	const char *why = NULL;
	bool failed = false;

	slot->key = read_key(keys, jwk, &slot->type, &why);
	if (!slot->key)
		return note(set, index, jwk, why);
	set->n++;
	slot->kid = copy_string(jwk, "kid", &failed);
	slot->alg = copy_string(jwk, "alg", &failed);
	return failed ? -ENOMEM : 0;
}

static int add_keys(struct jwk_set *set, const cJSON *keys)
{
	size_t index = 0;
	int r = 0;

	set->keys = calloc(JWK_SET_KEYS, sizeof(*set->keys));
	if (!set->keys)
		return -ENOMEM;
	for (const cJSON *jwk = keys->child; jwk && r == 0; jwk = jwk->next, index++) {
		if (index == JWK_SET_KEYS)
			return note(set, index, NULL, "the set has more keys than are looked at");
		r = add_key(set, keys, jwk, index);
	}
	return r;
}

int jwk_set_parse(const char *bytes, size_t len, struct jwk_set *ret)
{
	JSON_AUTO(document);
	struct jwk_set set = {0};

	document = json_parse_object(bytes, len, JWK_SET_MAX);
	const cJSON *keys = json_member(document, "keys");
	if (!cJSON_IsArray(keys))
		return -EBADMSG;
	/* Keys that OpenSSL refuses leave no errors behind for whoever looks there next. */
	ERR_set_mark();
	int r = add_keys(&set, keys);
	ERR_pop_to_mark();
	if (r < 0)
		jwk_set_free(&set);
	else
		*ret = set;
	return r;
}

void jwk_set_free(struct jwk_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		free(set->keys[i].kid);
		free(set->keys[i].alg);
		EVP_PKEY_free(set->keys[i].key);
	}
	free(set->keys);
	strlist_free(&set->notes);
	*set = (struct jwk_set){0};
}
