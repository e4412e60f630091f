#include "request.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "count.h"
#include "loopback_address.h"
#include "message.h"
#include "parameter.h"
#include "url.h"
#include "wire.h"

enum kind { TEXT, FLAG, LIST, NUMBER };
enum need { OPTIONAL, REQUIRED };

struct row {
	const char *key;
	enum kind kind;
	enum need need;
	size_t offset; /* of the member in struct request */
	int64_t min, max;
};

enum {
	SKEW_MAX = 600,
	AGE_MAX = 10 * 366 * 24 * 3600,
	WAIT_MAX = 3600,
};

#define AT(member) offsetof(struct request, member)
static const struct row rows[] = {
	{"issuer", TEXT, REQUIRED, AT(issuer), 0, 0},
	{"client_id", TEXT, REQUIRED, AT(client.id), 0, 0},
	{"client_key_id", TEXT, OPTIONAL, AT(client.key_id), 0, 0},
	{"client_assertion_alg", TEXT, OPTIONAL, AT(client.assertion_alg), 0, 0},
	{"scope", TEXT, REQUIRED, AT(scope), 0, 0},
	{"discovery", FLAG, REQUIRED, AT(discovery), 0, 0},
	{"device_authorization_endpoint", TEXT, OPTIONAL, AT(device_authorization_endpoint), 0, 0},
	{"token_endpoint", TEXT, OPTIONAL, AT(token_endpoint), 0, 0},
	{"jwks_uri", TEXT, OPTIONAL, AT(jwks_uri), 0, 0},
	{"userinfo_endpoint", TEXT, OPTIONAL, AT(userinfo_endpoint), 0, 0},
	{"alg", LIST, REQUIRED, AT(algs), 0, 0},
	{"audience", LIST, OPTIONAL, AT(audiences), 0, 0},
	{"acr", LIST, OPTIONAL, AT(acr), 0, 0},
	{"amr", LIST, OPTIONAL, AT(amr), 0, 0},
	{"required_claim", LIST, OPTIONAL, AT(required_claims), 0, 0},
	{"skew", NUMBER, REQUIRED, AT(skew), 0, SKEW_MAX},
	{"max_age", NUMBER, OPTIONAL, AT(max_age), 0, AGE_MAX},
	{"claim", LIST, OPTIONAL, AT(claims), 0, 0},
	{"groups_claim", TEXT, OPTIONAL, AT(groups_claim), 0, 0},
	{"userinfo", FLAG, OPTIONAL, AT(userinfo), 0, 0},
	{"redirect_uri", TEXT, OPTIONAL, AT(redirect_uri), 0, 0},
	{"authorization_endpoint", TEXT, OPTIONAL, AT(authorization_endpoint), 0, 0},
	{"pushed_authorization_request_endpoint", TEXT, OPTIONAL,
		AT(pushed_authorization_request_endpoint), 0, 0},
	{"authorization_prompt", TEXT, OPTIONAL, AT(authorization_prompt), 0, 0},
	{"authorization_parameter", LIST, OPTIONAL, AT(authorization_parameters), 0, 0},
	{"label", TEXT, OPTIONAL, AT(label), 0, 0},
	{"loopback", FLAG, OPTIONAL, AT(loopback), 0, 0},
	{"loopback_uid", NUMBER, OPTIONAL, AT(loopback_uid), 0, REQUEST_UID_MAX},
	{"device_pkce", FLAG, OPTIONAL, AT(device_pkce), 0, 0},
	{"verification_url", FLAG, OPTIONAL, AT(verification_url), 0, 0},
	{"login_hint", TEXT, OPTIONAL, AT(login_hint), 0, 0},
	{"qr", FLAG, OPTIONAL, AT(qr), 0, 0},
	{"complete_link", FLAG, OPTIONAL, AT(complete_link), 0, 0},
	{"revocation_endpoint", TEXT, OPTIONAL, AT(revocation_endpoint), 0, 0},
	{"tokens", FLAG, OPTIONAL, AT(tokens), 0, 0},
	{"whole", FLAG, OPTIONAL, AT(whole), 0, 0},
	{"document", TEXT, OPTIONAL, AT(document), 0, 0},
	{"ca_file", TEXT, OPTIONAL, AT(network.ca_file), 0, 0},
	{"ca_dir", TEXT, OPTIONAL, AT(network.ca_dir), 0, 0},
	{"proxy", TEXT, OPTIONAL, AT(network.proxy), 0, 0},
	{"connect_timeout", NUMBER, REQUIRED, AT(network.connect_timeout), 1, WAIT_MAX},
	{"request_timeout", NUMBER, REQUIRED, AT(network.request_timeout), 1, WAIT_MAX},
	{"deadline", NUMBER, REQUIRED, AT(deadline), 1, WAIT_MAX},
};

static const struct {
	const char *name;
	enum client_method method;
} client_methods[] = {
	{"none", CLIENT_NONE},
	{"client_secret_basic", CLIENT_SECRET_BASIC},
	{"client_secret_post", CLIENT_SECRET_POST},
	{"private_key_jwt", CLIENT_PRIVATE_KEY_JWT},
};

struct word {
	const char *word;
	int value;
};

static const struct word flows[] = {
	{WIRE_FLOW_DEVICE, FLOW_DEVICE},
	{WIRE_FLOW_AUTO, FLOW_AUTO},
	{WIRE_FLOW_CODE, FLOW_CODE},
};

static const struct word pushes[] = {
	{"auto", PUSH_AUTO},
	{"always", PUSH_ALWAYS},
	{"never", PUSH_NEVER},
};

static int read_flag(const char *value, bool *ret)
{
	bool yes = strcmp(value, WIRE_YES) == 0;

	if (!yes && strcmp(value, WIRE_NO) != 0)
		return -EINVAL;
	*ret = yes;
	return 0;
}

static int read_list(const struct record *record, const char *key, struct strlist *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record_count(record, key); i++)
		r = strlist_add(ret, record_nth(record, key, i));
	return r;
}

static bool is_job(const struct record *record, const char *name)
{
	const char *job = record_get(record, "job");

	return job && strcmp(job, name) == 0;
}

static int read_row(const struct record *record, const struct row *row, struct request *ret)
{
	void *member = (char *)ret + row->offset;
	const char *value = record_get(record, row->key);

	/* An empty value is none. */
	if (!value || !*value)
		return row->need == REQUIRED ? -EINVAL : 0;
	switch (row->kind) {
	case TEXT: *(const char **)member = value; return 0;
	case FLAG: return read_flag(value, member);
	case LIST: return read_list(record, row->key, member);
	case NUMBER: return record_get_int(record, row->key, row->min, row->max, member);
	}
	return -EINVAL;
}

static int read_client_auth(const struct record *record, struct request *ret)
{
	const char *name = record_get(record, "client_auth");

	for (size_t i = 0; name && i < COUNT(client_methods); i++)
		if (strcmp(name, client_methods[i].name) == 0) {
			ret->client.method = client_methods[i].method;
			return 0;
		}
	return -EINVAL;
}

static int read_client_secret(const struct record *record, struct request *ret)
{
	enum client_method method = ret->client.method;
	int r = record_get_secret(record, "client_secret", &ret->client.secret);

	if (r < 0 && r != -ENOENT)
		return r;
	if (method != CLIENT_SECRET_BASIC && method != CLIENT_SECRET_POST)
		return 0;
	return secret_present(&ret->client.secret) ? 0 : -EINVAL;
}

/* A value has no newlines: the lines of the PEM file came one by one. */
static int read_client_key(const struct record *record, struct request *ret)
{
	BUF_AUTO(pem, RECORD_MAX);

	for (size_t i = 0; i < record_count(record, "client_key"); i++) {
		buf_puts(&pem, record_nth(record, "client_key", i));
		buf_puts(&pem, "\n");
	}
	if (buf_error(&pem) < 0)
		return buf_error(&pem);
	if (pem.len)
		return secret_set(&ret->client.key, buf_str(&pem), pem.len);
	return ret->client.method == CLIENT_PRIVATE_KEY_JWT ? -EINVAL : 0;
}

/* The value of one of N words; 0 where the record has none of that KEY. */
static int read_word(
	const struct record *record, const char *key, const struct word *words, size_t n, int *ret)
{
	const char *value = record_get(record, key);

	*ret = 0;
	for (size_t i = 0; value && i < n; i++)
		if (strcmp(value, words[i].word) == 0) {
			*ret = words[i].value;
			return 0;
		}
	return value ? -EINVAL : 0;
}

static int read_flow(const struct record *record, struct request *ret)
{
	int flow;
	int r = read_word(record, "flow", flows, COUNT(flows), &flow);

	ret->flow = (enum request_flow)flow;
	return r;
}

static int read_pushed(const struct record *record, struct request *ret)
{
	int push;
	int r = read_word(record, "pushed", pushes, COUNT(pushes), &push);

	ret->pushed = (enum request_push)push;
	return r;
}

static int check_parameters(const struct record *record, struct request *ret)
{
	const struct strlist *list = &ret->authorization_parameters;

	(void)record;
	for (size_t i = 0; i < list->n; i++)
		if (!parameter_valid(list->items[i]))
			return -EINVAL;
	return parameter_twice(list) ? -EINVAL : 0;
}

static int check_redirect_uri(const struct record *record, struct request *ret)
{
	struct loopback_address address;

	(void)record;
	if (ret->flow == FLOW_DEVICE)
		return 0;
	return url_is_endpoint(ret->redirect_uri) ||
			       loopback_address_read(ret->redirect_uri, &address)
		       ? 0
		       : -EINVAL;
}

static int check_loopback(const struct record *record, struct request *ret)
{
	struct loopback_address address;

	(void)record;
	if (!ret->loopback)
		return 0;
	return ret->flow != FLOW_DEVICE && ret->loopback_uid >= 0 &&
			       loopback_address_read(ret->redirect_uri, &address)
		       ? 0
		       : -EINVAL;
}

/* What is listened with was told before the request was read: main.c. */
static int check_language(const struct record *record, struct request *ret)
{
	const char *name = record_get(record, "language");

	(void)ret;
	return !name || language_named(name) != LANGUAGE_AUTO ? 0 : -EINVAL;
}

/* A token that JOB needs. */
static int read_token(
	const struct record *record, const char *key, const char *job, struct secret *ret)
{
	int r = record_get_secret(record, key, ret);

	if (r < 0 && r != -ENOENT)
		return r;
	return secret_present(ret) || !is_job(record, job) ? 0 : -EINVAL;
}

static int read_refresh_token(const struct record *record, struct request *ret)
{
	return read_token(record, "refresh_token", WIRE_JOB_REVOKE, &ret->refresh_token);
}

static int read_access_token(const struct record *record, struct request *ret)
{
	return read_token(record, "access_token", WIRE_JOB_USERINFO, &ret->access_token);
}

static int check_document(const struct record *record, struct request *ret)
{
	return ret->document || !is_job(record, WIRE_JOB_EXPLAIN) ? 0 : -EINVAL;
}

static int read_tls_min(const struct record *record, struct request *ret)
{
	const char *value = record_get(record, "tls_min");

	if (!value)
		return -EINVAL;
	ret->network.tls_1_3 = strcmp(value, "1.3") == 0;
	return ret->network.tls_1_3 || strcmp(value, "1.2") == 0 ? 0 : -EINVAL;
}

/* Without either, libcurl would read the bundle that it was built with. */
static int check_ca(const struct record *record, struct request *ret)
{
	(void)record;
	return ret->network.ca_file || ret->network.ca_dir ? 0 : -EINVAL;
}

/* Words that need more than their type; in this order. */
static const struct {
	const char *key;
	int (*read)(const struct record *record, struct request *ret);
} others[] = {
	{"client_auth", read_client_auth},
	{"client_secret", read_client_secret},
	{"client_key", read_client_key},
	{"refresh_token", read_refresh_token},
	{"access_token", read_access_token},
	{"document", check_document},
	{"flow", read_flow},
	{"pushed", read_pushed},
	{"authorization_parameter", check_parameters},
	{"redirect_uri", check_redirect_uri},
	{"loopback", check_loopback},
	{"language", check_language},
	{"tls_min", read_tls_min},
	{"ca_file", check_ca},
};

int request_read(const struct record *record, struct request *ret, const char **ret_key)
{
	int r = 0;

	ret->max_age = -1;
	ret->loopback_uid = -1;
	for (size_t i = 0; r == 0 && i < COUNT(rows); i++) {
		*ret_key = rows[i].key;
		r = read_row(record, &rows[i], ret);
	}
	for (size_t i = 0; r == 0 && i < COUNT(others); i++) {
		*ret_key = others[i].key;
		r = others[i].read(record, ret);
	}
	return r < 0 && r != -ENOMEM ? -EINVAL : r;
}

void request_free(struct request *request)
{
	struct strlist *lists[] = {&request->algs, &request->audiences, &request->acr,
		&request->amr, &request->required_claims, &request->claims,
		&request->authorization_parameters};

	secret_free(&request->client.secret);
	secret_free(&request->client.key);
	secret_free(&request->refresh_token);
	secret_free(&request->access_token);
	for (size_t i = 0; i < COUNT(lists); i++)
		strlist_free(lists[i]);
}
