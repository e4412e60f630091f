/*
 * The vocabulary of a stored session: required MUST stand once; the rest may be missing. Whatever
 * has another form is no session, and nothing is guessed for it.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "count.h"
#include "username.h"
#include "wire.h"

static const struct record_key vocabulary[] = {
	{"id", false},
	{"user", false},
	{"service", true},
	{"host", false},
	{"rhost", false},
	{"ssh_key", false},
	{"flow", false},
	{"iss", false},
	{"sub", false},
	{"client_id", false},
	{"wanted", false},
	{"created", false},
	{"verified", false},
	{"ends", false},
	{"token_iat", false},
	{"auth_time", false},
	{"access_token", false},
	{"access_ends", false},
	{"refresh_token", false},
	{"renewals", false},
	{"spending", false},
	{"fact", true},
	{NULL, false},
};

/* The fields that a table can name. */
static const struct {
	const char *key;
	size_t offset; /* of a char * */
	bool required;
} texts[] = {
	{"user", offsetof(struct session, user), true},
	{"host", offsetof(struct session, host), true},
	{"rhost", offsetof(struct session, rhost), false},
	{"ssh_key", offsetof(struct session, ssh_key), false},
	{"flow", offsetof(struct session, flow), false},
	{"iss", offsetof(struct session, iss), true},
	{"sub", offsetof(struct session, sub), true},
	{"client_id", offsetof(struct session, client_id), true},
	{"wanted", offsetof(struct session, wanted), false},
};

static const struct {
	const char *key;
	size_t offset; /* of an int64_t */
	int64_t min;
} numbers[] = {
	{"created", offsetof(struct session, created), 0},
	{"verified", offsetof(struct session, verified), 0},
	{"ends", offsetof(struct session, ends), 0},
	{"token_iat", offsetof(struct session, token_iat), 0},
	{"auth_time", offsetof(struct session, auth_time), -1},
	{"access_ends", offsetof(struct session, access_ends), -1},
	{"renewals", offsetof(struct session, renewals), 0},
};

static const struct {
	const char *key;
	size_t offset; /* of a struct secret */
} secrets[] = {
	{"access_token", offsetof(struct session, access_token)},
	{"refresh_token", offsetof(struct session, refresh_token)},
};

/* The lists, with how many they have. The bytes of the facts have a ceiling of their own. */
static const struct {
	const char *key;
	size_t offset; /* of a struct strlist */
	size_t min, max;
} lists[] = {
	{"service", offsetof(struct session, services), 1, SESSION_SERVICES},
	{"fact", offsetof(struct session, facts), 0, SESSION_FACTS},
};

static void *field(struct session *session, size_t offset)
{
	return (char *)session + offset;
}

static const void *field_const(const struct session *session, size_t offset)
{
	return (const char *)session + offset;
}

bool session_id_valid(const char *text)
{
	return strlen(text) == SESSION_ID && strspn(text, "0123456789abcdef") == SESSION_ID;
}

int session_id_new(char ret[SESSION_ID + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[SESSION_ID / 2];

	/* So few bytes come whole once the kernel's generator is ready: getrandom(2). */
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return errno ? -errno : -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[SESSION_ID] = '\0';
	return 0;
}

bool session_is_of(const struct session *session, const char *issuer, const char *client_id)
{
	return strcmp(session->iss, issuer) == 0 && strcmp(session->client_id, client_id) == 0;
}

static int add_texts(const struct session *session, struct record *record)
{
	int r = record_add(record, "id", session->id);

	for (size_t i = 0; i < COUNT(texts) && r == 0; i++) {
		const char *text = *(char *const *)field_const(session, texts[i].offset);

		if (text)
			r = record_add(record, texts[i].key, text);
		else if (texts[i].required)
			r = -EINVAL;
	}
	return r;
}

static int add_numbers(const struct session *session, struct record *record)
{
	int r = 0;

	for (size_t i = 0; i < COUNT(numbers) && r == 0; i++) {
		int64_t number = *(const int64_t *)field_const(session, numbers[i].offset);

		r = number < numbers[i].min ? -EINVAL
					    : record_add_int(record, numbers[i].key, number);
	}
	return r;
}

static int add_secrets(const struct session *session, struct record *record)
{
	int r = 0;

	for (size_t i = 0; i < COUNT(secrets) && r == 0; i++) {
		const struct secret *secret = field_const(session, secrets[i].offset);

		if (secret_present(secret))
			r = record_add_secret(record, secrets[i].key, secret);
	}
	return r;
}

static int add_lists(const struct session *session, struct record *record)
{
	int r = 0;

	for (size_t i = 0; i < COUNT(lists) && r == 0; i++) {
		const struct strlist *list = field_const(session, lists[i].offset);

		if (list->n < lists[i].min || list->n > lists[i].max)
			return -EINVAL;
		for (size_t j = 0; j < list->n && r == 0; j++)
			r = record_add(record, lists[i].key, list->items[j]);
	}
	return r;
}

/* Whether the facts are such as session_give_facts() can say. */
static int check_facts(const struct session *session)
{
	RECORD_AUTO(event);
	int r = session_give_facts(session, &event);

	return r == -ENOENT ? 0 : r;
}

int session_format(const struct session *session, struct buf *out)
{
	RECORD_AUTO(record);

	if (!session_id_valid(session->id) || !session->user || !username_valid(session->user))
		return -EINVAL;
	record = record_new(vocabulary);
	if (!record)
		return -ENOMEM;
	int r = add_texts(session, record);
	if (r == 0)
		r = add_numbers(session, record);
	if (r == 0)
		r = add_secrets(session, record);
	if (r == 0)
		r = add_lists(session, record);
	if (r == 0 && session->spending)
		r = record_add(record, "spending", WIRE_YES);
	if (r == 0)
		r = check_facts(session);
	return r < 0 ? r : record_format(record, out);
}

static int get_texts(const struct record *record, struct session *session)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		char **text = field(session, texts[i].offset);
		const char *value = record_get(record, texts[i].key);

		if (!value && texts[i].required)
			return -EBADMSG;
		*text = value ? strdup(value) : NULL;
		if (value && !*text)
			return -ENOMEM;
	}
	return username_valid(session->user) ? 0 : -EBADMSG;
}

static int get_numbers(const struct record *record, struct session *session)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		int64_t *number = field(session, numbers[i].offset);

		if (record_get_int(record, numbers[i].key, numbers[i].min, INT64_MAX, number) < 0)
			return -EBADMSG;
	}
	return 0;
}

static int get_secrets(const struct record *record, struct session *session)
{
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct secret *secret = field(session, secrets[i].offset);

		if (record_get_secret(record, secrets[i].key, secret) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

static int get_lists(const struct record *record, struct session *session)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct strlist *list = field(session, lists[i].offset);
		size_t n = record_count(record, lists[i].key);

		if (n < lists[i].min || n > lists[i].max)
			return -EBADMSG;
		for (size_t j = 0; j < n; j++)
			if (strlist_add(list, record_nth(record, lists[i].key, j)) < 0)
				return -ENOMEM;
	}
	return 0;
}

static int get_spending(const struct record *record, struct session *session)
{
	const char *value = record_get(record, "spending");

	session->spending = value;
	return !value || strcmp(value, WIRE_YES) == 0 ? 0 : -EBADMSG;
}

static int get_all(const struct record *record, struct session *session)
{
	const char *id = record_get(record, "id");

	if (!id || !session_id_valid(id))
		return -EBADMSG;
	memcpy(session->id, id, sizeof(session->id));
	int r = get_texts(record, session);
	if (r == 0)
		r = get_numbers(record, session);
	if (r == 0)
		r = get_secrets(record, session);
	if (r == 0)
		r = get_lists(record, session);
	if (r == 0)
		r = get_spending(record, session);
	if (r == 0)
		r = check_facts(session);
	return r == -EINVAL ? -EBADMSG : r;
}

int session_parse(const char *bytes, size_t len, struct session *ret)
{
	RECORD_AUTO(record);
	SESSION_AUTO(session);
	int size = record_parse(bytes, len, vocabulary, &record);

	if (size < 0)
		return size;
	if (size == 0 || (size_t)size != len)
		return -EBADMSG;
	int r = get_all(record, &session);
	if (r < 0)
		return r;
	*ret = session;
	session = (struct session){0};
	return 0;
}

int session_add_service(struct session *session, const char *service)
{
	if (session->services.n == SESSION_SERVICES || strlist_has(&session->services, service))
		return 0;
	return strlist_add(&session->services, service);
}

void session_free(struct session *session)
{
	for (size_t i = 0; i < COUNT(texts); i++)
		free(*(char **)field(session, texts[i].offset));
	for (size_t i = 0; i < COUNT(secrets); i++)
		secret_free(field(session, secrets[i].offset));
	for (size_t i = 0; i < COUNT(lists); i++)
		strlist_free(field(session, lists[i].offset));
	*session = (struct session){0};
}
