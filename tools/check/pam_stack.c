#include "pam_stack.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "count.h"

enum {
	INCLUDE_MAX = 16, /* files that are open at a time; libpam's own limit */
	FILES_MAX = 1000, /* in all, however often each: so that reading ends */
	LINE_MAX_BYTES = 64 * 1024,
	JUMP_MAX = 1000,
};

static const char *const phases[] = {
	[PAM_PHASE_AUTH] = "auth",
	[PAM_PHASE_ACCOUNT] = "account",
	[PAM_PHASE_PASSWORD] = "password",
	[PAM_PHASE_SESSION] = "session",
};

static const char *const answers_names[] = {
#define PAM_ANSWER_NAME(symbol, name) [ANSWER_##symbol] = (name),
	PAM_ANSWERS(PAM_ANSWER_NAME)
#undef PAM_ANSWER_NAME
};

static const struct {
	const char *name;
	int action;
} actions_names[] = {
	{"ignore", ACTION_IGNORE},
	{"ok", ACTION_OK},
	{"done", ACTION_DONE},
	{"bad", ACTION_BAD},
	{"die", ACTION_DIE},
	{"reset", ACTION_RESET},
};

/* pam.conf(5): the old words, in the new ones. */
static const struct {
	const char *name, *means;
} controls[] = {
	{"required", "success=ok new_authtok_reqd=ok ignore=ignore default=bad"},
	{"requisite", "success=ok new_authtok_reqd=ok ignore=ignore default=die"},
	{"sufficient", "success=done new_authtok_reqd=done default=ignore"},
	{"optional", "success=ok new_authtok_reqd=ok default=ignore"},
};

/* What is being read. */
struct reader {
	const struct pam_files *files;
	enum pam_phase phase;
	struct pam_stack *stack;
	unsigned int depth, level, files_read;
};

struct place {
	const char *file;
	unsigned int line;
};

static int read_file(struct reader *reader, const char *name);

const char *pam_stack_folder(const char *file)
{
	return *file == '/' ? "" : "pam.d/";
}

static int wrong(struct reader *reader, const struct place *place, const char *what, const char *of)
{
	if (!*reader->stack->problem)
		snprintf(reader->stack->problem, sizeof(reader->stack->problem), "%s%s:%u: %s%s",
			pam_stack_folder(place->file), place->file, place->line, what, of);
	return -EINVAL;
}

/* Takes the next word of *AT, which moves behind it: what stands between blanks, or [ and ]. NULL at
 * the end. The text is cut up. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t");
	bool bracket = *word == '[';

	if (!*word)
		return NULL;
	if (bracket)
		word++;
	char *end = word + strcspn(word, bracket ? "]" : " \t");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static int answer_by_name(const char *name)
{
	for (int i = 0; i < ANSWER_COUNT; i++)
		if (strcasecmp(answers_names[i], name) == 0)
			return i;
	return -1;
}

static bool action_by_name(const char *name, int *ret)
{
	char *end;
	long jump = strtol(name, &end, 10);

	if (isdigit((unsigned char)*name) && !*end && jump > 0 && jump <= JUMP_MAX) {
		*ret = (int)jump;
		return true;
	}
	for (size_t i = 0; i < COUNT(actions_names); i++)
		if (strcasecmp(actions_names[i].name, name) == 0) {
			*ret = actions_names[i].action;
			return true;
		}
	return false;
}

/* One `value=action` of a control, which is cut up. SAID has the answers that were named. */
static bool read_pair(char *pair, int actions[ANSWER_COUNT], bool said[ANSWER_COUNT])
{
	char *value = strchr(pair, '=');
	int action;

	if (!value)
		return false;
	*value++ = '\0';
	if (!action_by_name(value, &action))
		return false;
	if (strcasecmp(pair, "default") == 0) {
		for (int i = 0; i < ANSWER_COUNT; i++)
			if (!said[i])
				actions[i] = action;
		return true;
	}
	int answer = answer_by_name(pair);
	if (answer < 0)
		return false;
	actions[answer] = action;
	said[answer] = true;
	return true;
}

/* Returns 0, -EINVAL or -ENOMEM. */
static int read_control(const char *control, int actions[ANSWER_COUNT])
{
	bool said[ANSWER_COUNT] = {false};
	bool good = true;
	char *rest = NULL;

	for (size_t i = 0; i < COUNT(controls); i++)
		if (strcasecmp(controls[i].name, control) == 0)
			control = controls[i].means;
	char *text = strdup(control);
	if (!text)
		return -ENOMEM;
	memset(actions, 0, sizeof(int[ANSWER_COUNT])); /* ACTION_BAD */
	char *pair = strtok_r(text, " \t", &rest);
	if (!pair)
		good = false;
	for (; pair && good; pair = strtok_r(NULL, " \t", &rest))
		good = read_pair(pair, actions, said);
	free(text);
	return good ? 0 : -EINVAL;
}

static char *module_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	if (len > 3 && strcmp(name + len - 3, ".so") == 0)
		len -= 3;
	return strndup(name, len);
}

static void entry_free(struct pam_entry *entry)
{
	free(entry->module);
	free(entry->control);
	free(entry->file);
}

/* Takes what ENTRY has over, but for its place. */
static int append(struct reader *reader, const struct place *place, struct pam_entry *entry)
{
	struct pam_stack *stack = reader->stack;
	struct pam_entry *entries = reallocarray(
		stack->entries, stack->n + 1, sizeof(*stack->entries));

	if (entries)
		stack->entries = entries;
	entry->line = place->line;
	entry->level = reader->level;
	entry->file = strdup(place->file);
	if (!entries || !entry->module || !entry->control || !entry->file) {
		entry_free(entry);
		return -ENOMEM;
	}
	stack->entries[stack->n++] = *entry;
	return 0;
}

static int add_entry(
	struct reader *reader, const struct place *place, const char *control, const char *module)
{
	struct pam_entry entry = {.level = 0};
	int r = read_control(control, entry.actions);

	if (r == -EINVAL)
		return wrong(reader, place, "this is no control: ", control);
	if (r < 0)
		return r;
	entry.module = module_name(module);
	entry.control = strdup(control);
	return append(reader, place, &entry);
}

/* Counts as an entry where something jumps. */
static int add_substack(struct reader *reader, const struct place *place)
{
	struct pam_entry entry = {
		.module = strdup(""), .control = strdup("substack"), .substack = true};

	return append(reader, place, &entry);
}

static int include(
	struct reader *reader, const struct place *place, const char *name, bool substack)
{
	if (!name)
		return wrong(reader, place, "the name of a file is missing", "");
	if (reader->depth == INCLUDE_MAX || ++reader->files_read > FILES_MAX)
		return wrong(reader, place, "too many files are included: ", name);
	int r = substack ? add_substack(reader, place) : 0;
	reader->depth++;
	reader->level += substack;
	if (r == 0)
		r = read_file(reader, name);
	reader->level -= substack;
	reader->depth--;
	return r == -ENOENT ? wrong(reader, place, "there is no file ", name) : r;
}

/* The line's text is cut up. */
static int read_line(struct reader *reader, const struct place *place, char *text)
{
	char *type = next_word(&text);

	if (!type)
		return 0;
	if (strcasecmp(type, "@include") == 0)
		return include(reader, place, next_word(&text), false);
	if (*type == '-')
		type++;
	if (strcasecmp(type, phases[reader->phase]) != 0)
		return 0;
	char *control = next_word(&text);
	char *module = control ? next_word(&text) : NULL;
	if (!module)
		return wrong(reader, place, "a control and a module are missing", "");
	if (strcasecmp(control, "include") == 0)
		return include(reader, place, module, false);
	if (strcasecmp(control, "substack") == 0)
		return include(reader, place, module, true);
	return add_entry(reader, place, control, module);
}

/* Adds the line at AT without its comment. Returns where the next begins, and whether it goes on
 * there. */
static const char *take_line(const char *at, struct buf *line, bool *ret_more)
{
	size_t len = strcspn(at, "\n");
	const char *next = at + len + (at[len] == '\n');
	const char *comment = memchr(at, '#', len);

	if (comment)
		len = (size_t)(comment - at);
	while (len && isspace((unsigned char)at[len - 1]))
		len--;
	*ret_more = !comment && len && at[len - 1] == '\\';
	(void)buf_add(line, at, *ret_more ? len - 1 : len);
	if (*ret_more)
		(void)buf_puts(line, " ");
	return next;
}

static int read_text(struct reader *reader, const char *name, const char *text)
{
	struct place place = {.file = name, .line = 1};
	int r = 0;

	while (r == 0 && *text) {
		BUF_AUTO(line, LINE_MAX_BYTES);
		unsigned int lines = 0;

		for (bool more = true; more && *text; lines++)
			text = take_line(text, &line, &more);
		r = buf_error(&line);
		if (r == 0 && line.data)
			r = read_line(reader, &place, line.data);
		place.line += lines;
	}
	return r == -EMSGSIZE ? wrong(reader, &place, "the line is too long", "") : r;
}

static int read_file(struct reader *reader, const char *name)
{
	const char *text = reader->files->text(reader->files->context, name);

	return text ? read_text(reader, name, text) : -ENOENT;
}

int pam_stack_read(const struct pam_files *files, const char *service, enum pam_phase phase,
	struct pam_stack *ret)
{
	struct reader reader = {.files = files, .phase = phase, .stack = ret};

	*ret = (struct pam_stack){.entries = NULL};
	return read_file(&reader, service);
}

void pam_stack_free(struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		entry_free(&stack->entries[i]);
	free(stack->entries);
	*stack = (struct pam_stack){.entries = NULL};
}
