#include "config_scan.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

#include "buf.h"
#include "c_locale.h"
#include "config_field.h"
#include "config_guess.h"
#include "config_value.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define SERVICE_SECTION "service "

enum {
	SECTION_MAX = 64, /* bytes of a section's name, its NUL included */
	SECTIONS_MAX = 1024,
};

struct scan {
	const char *at, *end; /* what was not read yet */
	struct config_place place;
	bool indented;                 /* the line in hand is */
	const char *section;           /* the general section of the line in hand; NULL: none */
	size_t service;                /* 1 + the index of its service's layer; 0: none */
	const struct config_key *last; /* what an indented line would continue; NULL: nothing */
	unsigned int sections[CONFIG_KEYS]; /* the line of each general section, by its first key */
	struct config_layers *layers;
	int result; /* the first failure */
};

/* Section lines */

static int begin_service(struct scan *scan, const char *service)
{
	const struct config_layer *earlier = config_layers_find(scan->layers, service);

	if (!config_form_service.holds(service))
		return config_wrong(&scan->place, "the NAME of [service NAME] must be one of %s",
			config_form_service.text);
	if (earlier)
		return config_wrong(&scan->place,
			"[service %s] stands in line %u already: put its keys together", service,
			earlier->line);
	if (!config_layers_add(scan->layers, service, scan->place.line))
		return -ENOMEM;
	scan->service = scan->layers->n;
	scan->section = NULL;
	return 0;
}

static int unknown_section(const struct scan *scan, const char *name)
{
	BUF_AUTO(sections, SECTIONS_MAX);

	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (&config_keys[i] == config_section_find(config_keys[i].section))
			(void)buf_printf(&sections, "[%s], ", config_keys[i].section);
	return config_wrong(&scan->place,
		"there is no section [%s]; there are %sand [service NAME]", name,
		buf_str(&sections));
}

static int begin_general(struct scan *scan, const char *name)
{
	const struct config_key *first = config_section_find(name);

	if (!first)
		return unknown_section(scan, name);
	unsigned int *line = &scan->sections[config_key_index(first)];
	if (*line)
		return config_wrong(&scan->place,
			"[%s] stands in line %u already: put its keys together", name, *line);
	*line = scan->place.line;
	scan->service = 0;
	scan->section = first->section;
	return 0;
}

/* LINE is `[...`, without blanks at its end. */
static int begin_section(struct scan *scan, const char *line, size_t len)
{
	char name[SECTION_MAX];

	if (memchr(line, ']', len) != line + len - 1)
		return config_wrong(
			&scan->place, "a section is `[NAME]`, with nothing else on its line");
	if (len - 2 >= sizeof(name))
		return config_wrong(&scan->place, "there is no section with so long a name");
	memcpy(name, line + 1, len - 2);
	name[len - 2] = '\0';
	scan->last = NULL;
	if (strncmp(name, SERVICE_SECTION, strlen(SERVICE_SECTION)) == 0)
		return begin_service(scan, name + strlen(SERVICE_SECTION));
	return begin_general(scan, name);
}

/* Lines, before inih sees them */

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* TEXT has a byte that is no blank. */
static const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

static bool is_comment(const char *line)
{
	const char *text = skip_blanks(line);

	return *text == '#' || *text == ';';
}

static bool is_control(char byte)
{
	return ((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f;
}

/* Whether inih would take what stands behind for a comment. */
static bool begins_comment(const char *at, const char *line)
{
	return *at == ';' && at > line && is_blank(at[-1]);
}

static int check_bytes(struct scan *scan, const char *line, size_t len)
{
	for (const char *at = line; at < line + len; at++) {
		if (is_control(*at))
			return config_wrong(&scan->place,
				"there is a control character in column %zu",
				(size_t)(at - line) + 1);
		if (begins_comment(at, line))
			return config_wrong(&scan->place, "a blank followed by `;` would end the "
							  "value: a comment must stand on "
							  "a line of its own");
	}
	return 0;
}

/* Looks at a line that is neither blank nor a comment. ROOM is what inih reads, a NUL included. */
static int check_line(struct scan *scan, const char *line, size_t len, size_t room)
{
	const char *text = skip_blanks(line);
	int r = check_bytes(scan, line, len);

	if (r < 0)
		return r;
	if (len >= room)
		return config_wrong(&scan->place,
			"the line has %zu bytes, and at most %zu are read; a list may go on in "
			"indented lines",
			len, room - 1);
	scan->indented = text > line;
	if (*text != '[')
		return 0;
	if (scan->indented)
		return config_wrong(&scan->place, "a section must begin in the first column");
	return begin_section(scan, line, len);
}

/* Takes the next line, without the blanks and the carriage return at its end. */
static const char *next_line(struct scan *scan, size_t *ret_len)
{
	const char *line = scan->at;
	const char *newline = memchr(line, '\n', (size_t)(scan->end - line));
	const char *end = newline ? newline : scan->end;

	scan->at = newline ? newline + 1 : scan->end;
	scan->place.line++;
	if (end > line && end[-1] == '\r')
		end--;
	while (end > line && is_blank(end[-1]))
		end--;
	*ret_len = (size_t)(end - line);
	return line;
}

/* inih's reader: one line a call, an empty one for a blank line or a comment; NULL ends it. */
static char *read_line(char *room, int size, void *context)
{
	struct scan *scan = context;
	size_t len = 0;

	if (scan->result < 0 || scan->at == scan->end || size < 1)
		return NULL;
	const char *line = next_line(scan, &len);
	if (len > 0 && is_comment(line))
		len = 0;
	if (len > 0)
		scan->result = check_line(scan, line, len, (size_t)size);
	if (scan->result < 0)
		return NULL;
	memcpy(room, line, len);
	room[len] = '\0';
	return room;
}

/* Keys, as inih delivers them */

static struct config_layer *current_layer(struct scan *scan)
{
	return scan->service ? &scan->layers->services[scan->service - 1] : &scan->layers->general;
}

/* Whether a continuation looks like another key: then its blank in front is a slip. */
static bool begins_key(const char *value)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		size_t len = strlen(config_keys[i].name);

		if (strncmp(value, config_keys[i].name, len) != 0)
			continue;
		const char *next = value + len + strspn(value + len, " \t");
		if (*next == '=' || *next == ':')
			return true;
	}
	return false;
}

/* An indented line. */
static int continue_key(struct scan *scan, const char *name, const char *value)
{
	const struct config_key *key = scan->last;

	if (!key || strcmp(key->name, name) != 0)
		return config_wrong(&scan->place, "a key must begin in the first column");
	if (key->type != CONFIG_LIST)
		return config_wrong(&scan->place,
			"an indented line would continue %s, which takes one value on its own "
			"line: a key must begin in the first column",
			key->name);
	if (begins_key(value))
		return config_wrong(&scan->place,
			"an indented line would continue %s: a key must begin in the first column, "
			"and an item that looks like one be in double quotes",
			key->name);
	return config_value_read(key, value, &current_layer(scan)->values, &scan->place);
}

/* Whether the key may stand in the section in hand. */
static int check_section(struct scan *scan, const struct config_key *key)
{
	if (!scan->service && !scan->section)
		return config_wrong(&scan->place,
			"%s stands before any section: it belongs to [%s]", key->name,
			key->section);
	if (scan->service && !key->service)
		return config_wrong(&scan->place, "%s is one for all services: it belongs to [%s]",
			key->name, key->section);
	if (!scan->service && strcmp(key->section, scan->section) != 0)
		return config_wrong(&scan->place, "%s belongs to [%s]", key->name, key->section);
	return 0;
}

static int unknown_key(const struct scan *scan, const char *name)
{
	const char *guess = config_guess(name);

	return guess ? config_wrong(&scan->place, "there is no key `%s`; did you mean `%s`?", name,
			       guess)
		     : config_wrong(&scan->place, "there is no key `%s`", name);
}

static int begin_key(struct scan *scan, const char *name, const char *value)
{
	const struct config_key *key = config_key_find(name);

	if (!key)
		return unknown_key(scan, name);
	int r = check_section(scan, key);
	if (r < 0)
		return r;
	struct config_layer *layer = current_layer(scan);
	unsigned int *line = &layer->lines[config_key_index(key)];
	if (*line)
		return config_wrong(&scan->place, "%s stands in line %u already", key->name, *line);
	if (!*value && key->type != CONFIG_LIST)
		return config_wrong(&scan->place, "%s has no value", key->name);
	*line = scan->place.line;
	scan->last = key;
	return config_value_read(key, value, &layer->values, &scan->place);
}

/* inih's handler: 0 is its word for a failure. It calls with the line that was read last. */
static int on_value(void *context, const char *section, const char *name, const char *value)
{
	struct scan *scan = context;

	(void)section; /* perhaps cut; begin_section() read it whole */
	if (scan->result < 0 || !name || !value)
		return 0;
	scan->result = scan->indented ? continue_key(scan, name, value)
				      : begin_key(scan, name, value);
	return scan->result == 0;
}

/* The file */

/* LINE is where inih found something that is no key first, or 0: it goes on then, so perhaps
 * something else was found wrong behind it. */
static int check_syntax(struct scan *scan, int line)
{
	if (line == -2)
		return -ENOMEM;
	if (line <= 0 || (scan->result < 0 && (unsigned int)line >= scan->place.line))
		return scan->result;
	scan->place.line = (unsigned int)line;
	return config_wrong(&scan->place, "this is no `[section]`, `key = value` or `# comment`");
}

/* A list may begin with an empty line of its own, so only its end tells whether it has items. */
static int check_lists(const struct config_layer *layer, struct config_place *place)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *key = &config_keys[i];

		if (!layer->lines[i] || key->type != CONFIG_LIST)
			continue;
		const struct strlist *list = config_field_const(&layer->values, key);
		if (list->n > 0)
			continue;
		place->line = layer->lines[i];
		return config_wrong(place, "%s has no value", key->name);
	}
	return 0;
}

static int check_all_lists(struct scan *scan)
{
	int r = check_lists(&scan->layers->general, &scan->place);

	for (size_t i = 0; i < scan->layers->n && r == 0; i++)
		r = check_lists(&scan->layers->services[i], &scan->place);
	return r;
}

int config_scan(const char *bytes, size_t len, const char *name, struct config_layers *layers,
	struct config_error *error)
{
	struct scan scan = {
		.at = bytes,
		.end = bytes + len,
		.place = {.file = name, .error = error},
		.layers = layers,
	};
	C_LOCALE_AUTO(locale);

	if (c_locale_enter(&locale) < 0)
		return -ENOMEM;
	if (len >= strlen(BYTE_ORDER_MARK) && memcmp(bytes, BYTE_ORDER_MARK, 3) == 0)
		scan.at += strlen(BYTE_ORDER_MARK);
	int r = check_syntax(&scan, ini_parse_stream(read_line, &scan, on_value, &scan));
	if (r < 0)
		return r;
	return check_all_lists(&scan);
}
