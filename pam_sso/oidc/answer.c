#include "answer.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <string.h>

#include "detail.h"
#include "url.h"

/* A parameter that counts: where it stands, still encoded, and how often. */
struct parameter {
	const char *name;
	const char *value;
	size_t len;
	unsigned int times;
};

enum parameter_name { STATE, CODE, ISS, ERROR, DESCRIPTION, PARAMETERS };

struct query {
	struct parameter parameters[PARAMETERS];
	bool unread; /* no memory for a name: whatever it says may be missing above */
};

static bool is_blank(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Rule 1. */
static void drop_blanks(const char *text, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++)
		if (!is_blank(text[i]))
			buf_add(out, &text[i], 1);
}

static int hex_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

/* The byte that `%XX` at AT stands for, or -1; NUL is none. */
static int escaped_byte(const char *at, size_t left)
{
	int high = left > 2 ? hex_of(at[1]) : -1;
	int low = left > 2 ? hex_of(at[2]) : -1;

	return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

/* Undoes application/x-www-form-urlencoded (form.h). */
static bool decode_text(const char *text, size_t len, struct buf *out)
{
	size_t i = 0;

	while (i < len) {
		const char *at = text + i;
		int byte = *at == '+' ? ' ' : (unsigned char)*at;

		if (*at == '%')
			byte = escaped_byte(at, len - i);
		i += *at == '%' ? 3 : 1;
		char plain = (char)byte;
		if (byte == -1 || buf_add(out, &plain, 1) < 0)
			return false;
	}
	return true;
}

static bool decode(const struct parameter *parameter, struct buf *out)
{
	return decode_text(parameter->value, parameter->len, out);
}

/* One that stands there under another spelling of its name stands there, too. */
static void note(
	struct query *query, const char *name, size_t name_len, const char *value, size_t value_len)
{
	BUF_AUTO(plain, ANSWER_MAX);

	if (!decode_text(name, name_len, &plain)) {
		query->unread |= buf_error(&plain) < 0;
		return;
	}
	for (size_t i = 0; i < PARAMETERS; i++) {
		struct parameter *parameter = &query->parameters[i];

		if (strcmp(parameter->name, buf_str(&plain)) != 0)
			continue;
		parameter->value = value;
		parameter->len = value_len;
		parameter->times++;
	}
}

static struct query split(const char *text)
{
	struct query query = {.parameters = {
				      [STATE] = {.name = "state"},
				      [CODE] = {.name = "code"},
				      [ISS] = {.name = "iss"},
				      [ERROR] = {.name = "error"},
				      [DESCRIPTION] = {.name = "error_description"},
			      }};
	const char *end = text + strcspn(text, "#");
	const char *question = memchr(text, '?', (size_t)(end - text));
	const char *at = question ? question + 1 : text;

	while (at < end) {
		size_t len = strcspn(at, "&#");
		const char *equals = memchr(at, '=', len);
		size_t name_len = equals ? (size_t)(equals - at) : len;

		if (equals)
			note(&query, at, name_len, equals + 1, len - name_len - 1);
		at += len + 1;
	}
	return query;
}

static enum reason fail(enum reason reason, const char *text, char *detail, size_t detail_size)
{
	detail_set(detail, detail_size, text);
	return reason;
}

/* Rule 2. */
static bool is_state(const struct parameter *parameter, const char *state)
{
	BUF_AUTO(value, ANSWER_MAX);

	return parameter->times == 1 && decode(parameter, &value) && value.len == strlen(state) &&
	       CRYPTO_memcmp(buf_str(&value), state, value.len) == 0;
}

/* Rule 3. */
static bool is_single(const struct query *query)
{
	for (size_t i = 0; i < PARAMETERS; i++)
		if (query->parameters[i].times > 1)
			return false;
	return true;
}

/* Rule 4. */
static bool is_issuer(const struct parameter *parameter, const struct answer_expect *expect)
{
	BUF_AUTO(value, ANSWER_MAX);

	if (parameter->times == 0)
		return !expect->iss_required;
	return decode(parameter, &value) && strcmp(buf_str(&value), expect->issuer) == 0;
}

/* Rule 5. */
static enum reason read_error(const struct query *query, char *detail, size_t detail_size)
{
	BUF_AUTO(error, ANSWER_MAX);
	BUF_AUTO(description, ANSWER_MAX);

	if (!decode(&query->parameters[ERROR], &error) ||
		!decode(&query->parameters[DESCRIPTION], &description))
		return fail(
			REASON_ACCESS_DENIED, "an error that cannot be read", detail, detail_size);
	detail_set(detail, detail_size, buf_str(&error));
	if (description.len) {
		detail_add(detail, detail_size, ": ");
		detail_add(detail, detail_size, buf_str(&description));
	}
	return REASON_ACCESS_DENIED;
}

/* Rule 6. */
static enum reason read_code(
	const struct query *query, struct secret *ret, char *detail, size_t detail_size)
{
	BUF_AUTO(code, ANSWER_MAX);

	if (!decode(&query->parameters[CODE], &code) || !url_is_sendable(buf_str(&code)))
		return fail(REASON_ANSWER, "no code that could be sent on", detail, detail_size);
	return secret_set(ret, buf_str(&code), code.len) < 0 ? REASON_NO_MEMORY : REASON_OK;
}

enum reason answer_read(const char *text, size_t len, const struct answer_expect *expect,
	struct secret *ret_code, char *detail, size_t detail_size)
{
	BUF_AUTO(plain, ANSWER_MAX);

	drop_blanks(text, len, &plain);
	if (buf_error(&plain) < 0 || memchr(text, '\0', len))
		return fail(REASON_ANSWER, "longer than an answer is", detail, detail_size);
	struct query query = split(buf_str(&plain));
	if (query.unread)
		return fail(REASON_NO_MEMORY, "no memory to read it with", detail, detail_size);
	if (!is_state(&query.parameters[STATE], expect->state))
		return fail(REASON_ANSWER, "its state is not this sign-in's", detail, detail_size);
	if (!is_single(&query))
		return fail(REASON_ANSWER, "a parameter stands twice", detail, detail_size);
	if (!is_issuer(&query.parameters[ISS], expect))
		return fail(REASON_TOKEN_ISSUER, "iss is missing or another issuer's", detail,
			detail_size);
	if (query.parameters[ERROR].times)
		return read_error(&query, detail, detail_size);
	return read_code(&query, ret_code, detail, detail_size);
}
