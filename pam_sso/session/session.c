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

static const struct record_key vocabulary[] = {
	{"id", false},
	{"user", false},
	{"service", false},
	{"rhost", false},
	{"iss", false},
	{"sub", false},
	{"created", false},
	{"verified", false},
	{"ends", false},
	{"token_iat", false},
	{"auth_time", false},
	{"access_token", false},
	{"access_ends", false},
	{"refresh_token", false},
	{"opener", false},
	{"login", true},
	{NULL, false},
};

/* The fields that a table can name. */
static const struct {
	const char *key;
	size_t offset; /* of a char * */
	bool required;
} texts[] = {
	{"user", offsetof(struct session, user), true},
	{"service", offsetof(struct session, service), true},
	{"rhost", offsetof(struct session, rhost), false},
	{"iss", offsetof(struct session, iss), true},
	{"sub", offsetof(struct session, sub), true},
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
};

static const struct {
	const char *key;
	size_t offset; /* of a struct secret */
} secrets[] = {
	{"access_token", offsetof(struct session, access_token)},
	{"refresh_token", offsetof(struct session, refresh_token)},
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

static int add_process(struct record *record, const char *key, const struct process *process)
{
	char text[PROCESS_TEXT];

	if (process->pid <= 0)
		return -EINVAL;
	process_format(process, text);
	return record_add(record, key, text);
}

static int add_processes(const struct session *session, struct record *record)
{
	int r = 0;

	if (session->opener.pid)
		r = add_process(record, "opener", &session->opener);
	for (unsigned int i = 0; i < session->n_logins && r == 0; i++)
		r = add_process(record, "login", &session->logins[i]);
	return r;
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
		r = add_processes(session, record);
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

static int get_processes(const struct record *record, struct session *session)
{
	const char *opener = record_get(record, "opener");
	size_t n = record_count(record, "login");

	if (opener && process_parse(opener, &session->opener) < 0)
		return -EBADMSG;
	if (n > SESSION_LOGINS)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++)
		if (process_parse(record_nth(record, "login", i), &session->logins[i]) < 0)
			return -EBADMSG;
	session->n_logins = (unsigned int)n;
	return 0;
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
		r = get_processes(record, session);
	return r;
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

bool session_has_login(const struct session *session, const struct process *process)
{
	for (unsigned int i = 0; i < session->n_logins; i++)
		if (process_same(&session->logins[i], process))
			return true;
	return false;
}

void session_free(struct session *session)
{
	for (size_t i = 0; i < COUNT(texts); i++)
		free(*(char **)field(session, texts[i].offset));
	for (size_t i = 0; i < COUNT(secrets); i++)
		secret_free(field(session, secrets[i].offset));
	*session = (struct session){0};
}
