#include "admit.h"

/* Rule 3. */
static int64_t limit_of(const int64_t limits[ADMIT_BY_COUNT], enum admit_by by)
{
	return by == ADMIT_BY_PAIR ? (limits[ADMIT_BY_USER] + 1) / 2 : limits[by];
}

/* Rule 4. */
static bool is_counted(const struct admit_who *who, enum admit_by by)
{
	return by == ADMIT_BY_TOTAL || who->by[by] != 0;
}

/* Rule 1. */
static bool is_crowded(const struct admit_table *table, const bool held[ADMIT_PLACES],
	const struct admit_rules *rules, const struct admit_who *who, enum admit_by by)
{
	int64_t limit = limit_of(rules->pending, by);
	int64_t pending = 0;

	for (size_t i = 0; i < ADMIT_PLACES; i++)
		pending += held[i] &&
			   (by == ADMIT_BY_TOTAL || table->places[i].by[by] == who->by[by]);
	return limit > 0 && pending >= limit;
}

/* When the bucket is full again, by rule 7; NOW where it is full. */
static int64_t full_at(
	const struct admit_bucket *bucket, const struct admit_rules *rules, int64_t now)
{
	bool fills = bucket->full_at > now && bucket->full_at - now <= rules->window_us;

	return fills ? bucket->full_at : now;
}

/* The place of somebody's bucket; ADMIT_BUCKETS where there is none. */
static size_t find_bucket(
	const struct admit_table *table, const struct admit_who *who, enum admit_by by)
{
	size_t i = 0;

	if (by == ADMIT_BY_TOTAL)
		return 0;
	for (i = 1; i < ADMIT_BUCKETS && table->buckets[i].who != who->by[by];)
		i++;
	return i;
}

/* Rule 6. */
static size_t fullest_bucket(
	const struct admit_table *table, const struct admit_rules *rules, int64_t now)
{
	size_t best = 1;

	for (size_t i = 2; i < ADMIT_BUCKETS; i++)
		if (full_at(&table->buckets[i], rules, now) <
			full_at(&table->buckets[best], rules, now))
			best = i;
	return best;
}

/* When the bucket would be full again behind one more sign-in. */
static int64_t full_after(const struct admit_table *table, size_t bucket,
	const struct admit_rules *rules, enum admit_by by, int64_t now)
{
	static const struct admit_bucket none = {0};
	int64_t at = full_at(bucket < ADMIT_BUCKETS ? &table->buckets[bucket] : &none, rules, now);

	return at + rules->window_us / limit_of(rules->rate, by);
}

/* Rule 2. */
static bool is_empty(const struct admit_table *table, const struct admit_rules *rules,
	const struct admit_who *who, enum admit_by by, int64_t now)
{
	return limit_of(rules->rate, by) > 0 &&
	       full_after(table, find_bucket(table, who, by), rules, by, now) - now >
		       rules->window_us;
}

static void charge(struct admit_table *table, const struct admit_rules *rules,
	const struct admit_who *who, enum admit_by by, int64_t now, struct admission *admission)
{
	size_t i = find_bucket(table, who, by);

	if (limit_of(rules->rate, by) == 0)
		return;
	int64_t after = full_after(table, i, rules, by, now);
	if (i == ADMIT_BUCKETS)
		i = fullest_bucket(table, rules, now);
	table->buckets[i] = (struct admit_bucket){
		.who = by == ADMIT_BY_TOTAL ? 0 : who->by[by], .full_at = after};
	admission->buckets[admission->n_buckets++] = i;
}

static struct admission refuse(enum admit_verdict verdict, enum admit_by by)
{
	return (struct admission){.verdict = verdict, .by = by};
}

struct admission admit(struct admit_table *table, const bool held[ADMIT_PLACES],
	const struct admit_rules *rules, const struct admit_who *who, int64_t now)
{
	struct admission admission = {.verdict = ADMIT_NOT_PENDING, .by = ADMIT_BY_TOTAL};

	for (enum admit_by by = 0; by < ADMIT_BY_COUNT; by++) {
		if (!is_counted(who, by))
			continue;
		if (is_crowded(table, held, rules, who, by))
			return refuse(ADMIT_NOT_PENDING, by);
		if (is_empty(table, rules, who, by, now))
			return refuse(ADMIT_NOT_RATE, by);
	}
	while (admission.place < ADMIT_PLACES && held[admission.place])
		admission.place++;
	if (admission.place == ADMIT_PLACES)
		return refuse(ADMIT_NOT_PENDING, ADMIT_BY_TOTAL);

	table->places[admission.place] = *who;
	for (enum admit_by by = 0; by < ADMIT_BY_COUNT; by++)
		if (is_counted(who, by))
			charge(table, rules, who, by, now, &admission);
	admission.verdict = ADMIT_YES;
	return admission;
}
