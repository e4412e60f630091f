#include "config_value.h"

#include <errno.h>
#include <string.h>

#include "buf.h"
#include "config_field.h"
#include "count.h"
#include "secret.h"

#define BLANKS " \t"

/* The word's place in the list, or -1. */
static int word_index(const char *const *words, const char *text)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return -1;
}

static int wrong_word(const struct config_key *key, const struct config_place *place)
{
	BUF_AUTO(list, 256);

	for (size_t i = 0; key->words[i]; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", key->words[i]);
	if (buf_error(&list))
		return -ENOMEM;
	return config_wrong(place, "%s must be %s%s", key->name,
		key->type == CONFIG_LIST ? "some of " : "one of ", buf_str(&list));
}

/* Whether one value, or one item of a list, is what the key takes. */
static int check(const struct config_key *key, const char *text, const struct config_place *place)
{
	if (key->words && word_index(key->words, text) < 0)
		return wrong_word(key, place);
	if (key->form && !key->form->holds(text))
		return config_wrong(place, "%s must be %s", key->name, key->form->text);
	return 0;
}

static int read_string(const struct config_key *key, const char *text, char **field,
	const struct config_place *place)
{
	int r = check(key, text, place);

	if (r < 0)
		return r;
	char *copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	secret_wipe_string(*field);
	*field = copy;
	return 0;
}

static int read_bool(const struct config_key *key, const char *text, bool *field,
	const struct config_place *place)
{
	bool yes = strcmp(text, "yes") == 0;

	if (!yes && strcmp(text, "no") != 0)
		return config_wrong(place, "%s must be yes or no", key->name);
	*field = yes;
	return 0;
}

static int read_word(const struct config_key *key, const char *text, unsigned int *field,
	const struct config_place *place)
{
	int index = word_index(key->words, text);

	if (index < 0)
		return wrong_word(key, place);
	*field = (unsigned int)index;
	return 0;
}

/* Digits at the beginning of TEXT, at most 10, so that no multiplication with a unit overflows.
 * Returns how many there were, 0 also where there are more. */
static size_t read_digits(const char *text, int64_t *ret)
{
	size_t n = strspn(text, "0123456789");
	int64_t number = 0;

	if (n > 10)
		return 0;
	for (size_t i = 0; i < n; i++)
		number = number * 10 + (text[i] - '0');
	*ret = number;
	return n;
}

static int read_number(const struct config_key *key, const char *text, int64_t *field,
	const struct config_place *place)
{
	int64_t number = 0;
	size_t n = read_digits(text, &number);

	if (n == 0 || text[n] || number < key->min || number > key->max)
		return config_wrong(place, "%s must be a whole number from %lld to %lld", key->name,
			(long long)key->min, (long long)key->max);
	*field = number;
	return 0;
}

static int64_t unit_seconds(const char *unit)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

	for (size_t i = 0; i < COUNT(units); i++)
		if (strcmp(units[i].name, unit) == 0)
			return units[i].seconds;
	return 0;
}

static int read_duration(const struct config_key *key, const char *text, int64_t *field,
	const struct config_place *place)
{
	int64_t number = 0;
	size_t n = read_digits(text, &number);
	int64_t unit = n ? unit_seconds(text + n) : 0;

	if (key->word && strcmp(text, key->word) == 0) {
		*field = key->word_value;
		return 0;
	}
	if (unit == 0 || number * unit < key->min || number * unit > key->max)
		return config_wrong(place,
			"%s must be a duration from %llds to %llds%s%s: a whole number and s, m, h "
			"or d, such as 90s or 5m",
			key->name, (long long)key->min, (long long)key->max,
			key->word ? ", or " : "", key->word ? key->word : "");
	*field = number * unit;
	return 0;
}

/* Adds one item, checked. */
static int add_item(const struct config_key *key, const char *item, size_t len,
	struct strlist *field, const struct config_place *place)
{
	int r = strlist_add_n(field, item, len);

	if (r < 0)
		return r;
	return check(key, field->items[field->n - 1], place);
}

/* Adds the item between the double quotes that *AT begins with, and moves *AT behind it. */
static int read_quoted(const struct config_key *key, const char **at, struct strlist *field,
	const struct config_place *place)
{
	const char *item = *at + 1;
	size_t len = strcspn(item, "\"");

	if (!item[len])
		return config_wrong(place, "%s has a double quote that is not closed", key->name);
	*at = item + len + 1;
	if (**at && !strchr(BLANKS, **at))
		return config_wrong(
			place, "%s needs a blank behind a closing double quote", key->name);
	return add_item(key, item, len, field, place);
}

/* Adds the item that *AT begins with, and moves *AT behind it. What looks like a comment, an
 * assignment or a comma is refused: as an item it would be a name that nobody meant. */
static int read_bare(const struct config_key *key, const char **at, struct strlist *field,
	const struct config_place *place)
{
	const char *item = *at;
	size_t len = strcspn(item, BLANKS);

	if (item[0] == '#' || item[0] == ';')
		return config_wrong(place, "a comment must stand on a line of its own");
	if (memchr(item, '"', len))
		return config_wrong(
			place, "%s needs a blank before an opening double quote", key->name);
	if (len == 1 && (item[0] == '=' || item[0] == ':'))
		return config_wrong(place,
			"%s has a lone `%c` as an item: a line that begins another key must not be "
			"indented",
			key->name, item[0]);
	if (item[len - 1] == ',')
		return config_wrong(
			place, "%s has its items separated by blanks, without commas", key->name);
	*at = item + len;
	return add_item(key, item, len, field, place);
}

static int read_list(const struct config_key *key, const char *text, struct strlist *field,
	const struct config_place *place)
{
	int r = 0;

	for (text += strspn(text, BLANKS); *text && r == 0; text += strspn(text, BLANKS))
		r = *text == '"' ? read_quoted(key, &text, field, place)
				 : read_bare(key, &text, field, place);
	return r;
}

int config_value_read(const struct config_key *key, const char *text, struct config *config,
	const struct config_place *place)
{
	void *field = config_field(config, key);

	switch (key->type) {
	case CONFIG_STRING: return read_string(key, text, field, place);
	case CONFIG_LIST: return read_list(key, text, field, place);
	case CONFIG_BOOL: return read_bool(key, text, field, place);
	case CONFIG_WORD: return read_word(key, text, field, place);
	case CONFIG_NUMBER: return read_number(key, text, field, place);
	case CONFIG_DURATION: return read_duration(key, text, field, place);
	}
	return -EINVAL;
}
