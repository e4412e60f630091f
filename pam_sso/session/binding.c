#include "binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count.h"
#include "dir.h"
#include "record.h"
#include "username.h"

#define DIRECTORY "logins"

static const struct record_key vocabulary[] = {
	{"process", false},
	{"state", false},
	{"session", false},
	{"user", false},
	{"service", false},
	{"since", false},
	{NULL, false},
};

static const char *const states[] = {
	[BINDING_EXPECTED] = "expected",
	[BINDING_OPEN] = "open",
	[BINDING_STANDING_EXPECTED] = "standing-expected",
	[BINDING_STANDING] = "standing",
	[BINDING_CLOSED] = "closed",
};

int bindings_open(const char *directory, struct bindings *ret)
{
	int above = dir_make(directory, DIR_MODE);

	if (above < 0)
		return above;
	int dir = dir_make_in(above, DIRECTORY, DIR_MODE);
	close(above);
	if (dir < 0)
		return dir;
	ret->dir = dir;
	return 0;
}

void bindings_close(struct bindings *bindings)
{
	if (bindings->dir >= 0)
		close(bindings->dir);
	bindings->dir = -1;
}

static bool is_whole(const struct binding *binding)
{
	return binding->process.pid > 0 && session_id_valid(binding->session) && binding->user &&
	       username_valid(binding->user) && binding->service && binding->since >= 0;
}

static int format(const struct binding *binding, const char *name, struct buf *out)
{
	RECORD_AUTO(record);
	const char *const texts[][2] = {
		{"process", name},
		{"state", states[binding->state]},
		{"session", binding->session},
		{"user", binding->user},
		{"service", binding->service},
	};
	int r = 0;

	record = record_new(vocabulary);
	if (!record)
		return -ENOMEM;
	for (size_t i = 0; i < COUNT(texts) && r == 0; i++)
		r = record_add(record, texts[i][0], texts[i][1]);
	if (r == 0)
		r = record_add_int(record, "since", binding->since);
	return r < 0 ? r : record_format(record, out);
}

int binding_put(const struct bindings *bindings, const struct binding *binding)
{
	BUF_AUTO(bytes, RECORD_MAX);
	char name[PROCESS_TEXT];

	if (!is_whole(binding))
		return -EINVAL;
	process_format(&binding->process, name);
	int r = format(binding, name, &bytes);
	return r < 0 ? r : dir_replace(bindings->dir, name, &bytes);
}

static int get_state(const struct record *record, struct binding *binding)
{
	const char *state = record_get(record, "state");

	for (size_t i = 0; state && i < COUNT(states); i++)
		if (strcmp(state, states[i]) == 0) {
			binding->state = (enum binding_state)i;
			return 0;
		}
	return -EBADMSG;
}

static int get_texts(const struct record *record, struct binding *binding)
{
	const char *session = record_get(record, "session");
	const char *user = record_get(record, "user");
	const char *service = record_get(record, "service");

	if (!session || !session_id_valid(session) || !user || !username_valid(user) || !service)
		return -EBADMSG;
	memcpy(binding->session, session, sizeof(binding->session));
	binding->user = strdup(user);
	binding->service = strdup(service);
	return binding->user && binding->service ? 0 : -ENOMEM;
}

/* A file that was given another's name is not the other's binding. */
static int get_all(const struct record *record, const char *name, struct binding *binding)
{
	const char *process = record_get(record, "process");

	if (!process || strcmp(process, name) != 0 ||
		process_parse(process, &binding->process) < 0 ||
		record_get_int(record, "since", 0, INT64_MAX, &binding->since) < 0)
		return -EBADMSG;
	int r = get_state(record, binding);
	return r < 0 ? r : get_texts(record, binding);
}

static int read_binding(const struct bindings *bindings, const char *name, struct binding *ret)
{
	BUF_AUTO(bytes, RECORD_MAX);
	RECORD_AUTO(record);
	struct binding binding = {0};
	int r = dir_read(bindings->dir, name, &bytes);

	if (r < 0)
		return r;
	r = record_parse(buf_str(&bytes), bytes.len, vocabulary, &record);
	if (r < 0)
		return r;
	if (r == 0 || (size_t)r != bytes.len)
		return -EBADMSG;
	r = get_all(record, name, &binding);
	if (r < 0) {
		binding_free(&binding);
		return r;
	}
	*ret = binding;
	return 0;
}

int binding_get(const struct bindings *bindings, const struct process *process, struct binding *ret)
{
	char name[PROCESS_TEXT];

	process_format(process, name);
	return read_binding(bindings, name, ret);
}

int binding_remove(const struct bindings *bindings, const struct process *process)
{
	char name[PROCESS_TEXT];

	process_format(process, name);
	return dir_remove(bindings->dir, name);
}

bool binding_is_login(const struct binding *binding)
{
	return binding->state == BINDING_OPEN || binding->state == BINDING_STANDING;
}

bool binding_is_standing(const struct binding *binding)
{
	return binding->state == BINDING_STANDING || binding->state == BINDING_STANDING_EXPECTED;
}

int binding_open(struct binding *binding, int64_t now)
{
	if (binding_is_login(binding) || !binding_lives(binding, now))
		return -ENOENT;
	binding->state = binding_is_standing(binding) ? BINDING_STANDING : BINDING_OPEN;
	binding->since = now;
	return 0;
}

/* A clock that was put back within the time is forgiven. */
bool binding_lives(const struct binding *binding, int64_t now)
{
	struct process process;
	int64_t age = now - binding->since;

	if (binding->state == BINDING_CLOSED)
		return false;
	if (!binding_is_login(binding) && (age >= BINDING_EXPECT || -age >= BINDING_EXPECT))
		return false;
	return process_look(binding->process.pid, &process, NULL) == 0 &&
	       process_same(&process, &binding->process);
}

/* Takes the binding's strings over. */
static int append(struct binding_list *list, const struct binding *binding)
{
	struct binding *items = reallocarray(list->items, list->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->n++] = *binding;
	return 0;
}

/* What a crash left of a writer is removed on the way. */
static int add_named(const struct bindings *bindings, const char *name, struct binding_list *list)
{
	struct binding binding;
	struct process process;

	if (process_parse(name, &process) < 0) {
		dir_sweep_draft(bindings->dir, name);
		return 0;
	}
	int r = read_binding(bindings, name, &binding);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = append(list, &binding);
	if (r < 0)
		binding_free(&binding);
	return r;
}

int binding_list(const struct bindings *bindings, struct binding_list *ret)
{
	STRLIST_AUTO(names);
	struct binding_list list = {0};
	int r = dir_list(bindings->dir, &names);

	for (size_t i = 0; i < names.n && r == 0; i++)
		r = add_named(bindings, names.items[i], &list);
	if (r < 0) {
		binding_list_free(&list);
		return r;
	}
	*ret = list;
	return 0;
}

void binding_list_free(struct binding_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		binding_free(&list->items[i]);
	free(list->items);
	*list = (struct binding_list){0};
}

void binding_free(struct binding *binding)
{
	free(binding->user);
	free(binding->service);
	*binding = (struct binding){0};
}
