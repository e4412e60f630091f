#include "draft.h"

#include <errno.h>
#include <string.h>

#include "config_error.h"
#include "file.h"
#include "wire.h"

enum { SECRET_FILE_MAX = 16 * 1024 };

struct draft draft_begin(const struct record_key *vocabulary)
{
	struct draft draft = {.record = record_new(vocabulary)};

	if (!draft.record)
		draft.error = -ENOMEM;
	return draft;
}

void draft_free(struct draft *draft)
{
	record_free(draft->record);
}

void draft_add(struct draft *draft, const char *key, const char *value)
{
	if (value && draft->error == 0)
		draft->error = record_add(draft->record, key, value);
}

void draft_add_int(struct draft *draft, const char *key, int64_t value)
{
	if (draft->error == 0)
		draft->error = record_add_int(draft->record, key, value);
}

void draft_add_bool(struct draft *draft, const char *key, bool value)
{
	draft_add(draft, key, value ? WIRE_YES : WIRE_NO);
}

void draft_add_secret(struct draft *draft, const char *key, const struct secret *value)
{
	if (draft->error == 0)
		draft->error = record_add_secret(draft->record, key, value);
}

void draft_add_list(struct draft *draft, const char *key, const struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++)
		draft_add(draft, key, list->items[i]);
}

void draft_add_lines(struct draft *draft, const char *key, struct buf *text)
{
	for (char *at = text->data, *next; at; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		size_t len = strlen(at);
		if (len && at[len - 1] == '\r')
			at[--len] = '\0';
		if (len)
			draft_add(draft, key, at);
	}
}

static enum reason file_fault(int error, const char *path, struct config_error *ret_error)
{
	return config_fail(ret_error, file_reason(error), "%s: %s", path, file_error_text(error));
}

enum reason draft_add_secret_file(
	struct draft *draft, const char *key, const char *path, struct config_error *ret_error)
{
	BUF_AUTO(text, SECRET_FILE_MAX);

	if (!path)
		return config_fail(ret_error, REASON_CONFIG, "no %s_file is set", key);
	int r = file_read(path, FILE_SECRET, &text);
	if (r < 0)
		return file_fault(r, path, ret_error);
	if (memchr(buf_str(&text), '\0', text.len))
		return file_fault(-EINVAL, path, ret_error);
	draft_add_lines(draft, key, &text);
	if (draft->error == 0 && record_get(draft->record, key))
		return REASON_OK;
	if (draft->error == -ENOMEM)
		return REASON_NO_MEMORY;
	return config_fail(ret_error, REASON_CONFIG, "%s: holds no usable %s", path, key);
}
