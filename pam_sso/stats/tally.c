#include "tally.h"

#include <stdio.h>
#include <string.h>

#include "siphash.h"

static const uint64_t magic = UINT64_C(0x73736f2d74616c31); /* sso-tal1 */
static const char other[] = "other";

/* Names come from programs that are root's: the key keeps nobody out. */
static const unsigned char no_key[SIPHASH_KEY];

const unsigned int tally_bounds[TALLY_BUCKETS - 1] = {5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300};

_Static_assert(sizeof(struct tally) % sizeof(uint64_t) == 0, "copied by words");

/* Of what a number in the table means: the sizes, and every reason's name in its order. */
static uint64_t shape_of_this(void)
{
	uint64_t shape = sizeof(struct tally);

	for (unsigned int reason = 0; reason < REASON_COUNT; reason++) {
		const char *name = reason_name(reason);

		shape = shape * 31 + siphash(no_key, name, strlen(name));
	}
	for (unsigned int i = 0; i < TALLY_BUCKETS - 1; i++)
		shape = shape * 31 + tally_bounds[i];
	return shape;
}

/* What stands for a name in its row; never 0. */
static uint64_t number_of(const char name[TALLY_NAME])
{
	uint64_t number = siphash(no_key, name, TALLY_NAME);

	return number ? number : 1;
}

/* Rule 1. */
static bool is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strspn(name, allowed);

	return len > 0 && len < TALLY_NAME && name[len] == '\0';
}

static uint64_t load(const uint64_t *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes there */
static void add(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

/* Whether the row is NUMBER's, where it was nobody's from now on. */
static bool take_row(struct tally_row *row, uint64_t number)
{
	uint64_t holder = 0;

	return __atomic_compare_exchange_n(
		       &row->number, &holder, number, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
	       holder == number;
}

/* Rule 3: who comes here with this number writes the same. */
static void write_name(struct tally_row *row, const char name[TALLY_NAME])
{
	uint64_t words[TALLY_NAME / sizeof(uint64_t)];

	memcpy(words, name, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (load(&row->name[i]) != words[i])
			__atomic_store_n(&row->name[i], words[i], __ATOMIC_RELAXED);
}

static struct tally_row *find_row(struct tally *tally, const char *service)
{
	char name[TALLY_NAME] = "";

	if (!is_name(service) || strcmp(service, other) == 0)
		return &tally->rows[0];
	(void)snprintf(name, sizeof(name), "%s", service);
	uint64_t number = number_of(name);
	for (size_t i = 1; i < TALLY_ROWS; i++)
		if (take_row(&tally->rows[i], number)) {
			write_name(&tally->rows[i], name);
			return &tally->rows[i];
		}
	return &tally->rows[0];
}

void tally_begin(struct tally *ret)
{
	char name[TALLY_NAME] = "";

	memset(ret, 0, sizeof(*ret));
	ret->magic = magic;
	ret->shape = shape_of_this();
	memcpy(name, other, sizeof(other));
	memcpy(ret->rows[0].name, name, sizeof(name));
	ret->rows[0].number = number_of(name);
}

bool tally_is_ours(const struct tally *tally)
{
	return tally->magic == magic && tally->shape == shape_of_this();
}

bool tally_is_idp_error(enum reason reason)
{
	switch (reason) {
	case REASON_UNREACHABLE:
	case REASON_TLS:
	case REASON_REDIRECT:
	case REASON_REPLY_SIZE:
	case REASON_REPLY_FORM:
	case REASON_DISCOVERY:
	case REASON_KEYS:
	case REASON_NO_DEVICE_FLOW:
	case REASON_CLIENT_REFUSED:
	case REASON_IDP_ERROR: return true;
	default: return false;
	}
}

void tally_attempt(struct tally *tally, const char *service, enum reason reason)
{
	unsigned int column = (unsigned int)reason < REASON_COUNT ? reason : REASON_UNSET;

	add(&find_row(tally, service)->attempts[column], 1);
}

void tally_prompt(struct tally *tally, enum tally_end end, int64_t took_ms)
{
	size_t bucket = 0;

	if (took_ms < 0)
		return;
	while (bucket < TALLY_BUCKETS - 1 && took_ms > tally_bounds[bucket] * INT64_C(1000))
		bucket++;
	add(&tally->took_ms[end], (uint64_t)took_ms);
	add(&tally->took[end][bucket], 1);
}

void tally_idp_error(struct tally *tally, enum reason kind)
{
	if (tally_is_idp_error(kind))
		add(&tally->idp_errors[kind], 1);
}

void tally_copy(const struct tally *from, struct tally *ret)
{
	const uint64_t *words = (const uint64_t *)from;
	uint64_t *to = (uint64_t *)ret;

	for (size_t i = 0; i < sizeof(*from) / sizeof(uint64_t); i++)
		to[i] = load(&words[i]);
}

const char *tally_service(const struct tally_row *row)
{
	const char *name = (const char *)row->name;

	if (row->number == 0 || name[TALLY_NAME - 1] || !is_name(name))
		return NULL;
	return number_of(name) == row->number ? name : NULL;
}
