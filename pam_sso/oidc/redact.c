#include "redact.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "form.h"

static bool is_known(const struct redact *redact, const struct buf *form)
{
	for (size_t i = 0; i < redact->n; i++)
		if (strcmp(secret_reveal(&redact->forms[i]), buf_str(form)) == 0)
			return true;
	return false;
}

static int know_form(struct redact *redact, const struct buf *form)
{
	if (buf_error(form) < 0)
		return buf_error(form);
	if (is_known(redact, form))
		return 0;
	if (redact->n == REDACT_FORMS)
		return -ENOSPC;
	int r = secret_set(&redact->forms[redact->n], form->data, form->len);
	if (r == 0)
		redact->n++;
	return r;
}

int redact_know(struct redact *redact, const struct secret *secret)
{
	BUF_AUTO(escaped, 4 * secret->len);
	BUF_AUTO(encoded, 3 * secret->len);

	if (secret->len < REDACT_MIN)
		return 0;
	escape_add(&escaped, secret_reveal(secret));
	form_encode(&encoded, secret_reveal(secret), secret->len);
	int r = know_form(redact, &escaped);
	return r < 0 ? r : know_form(redact, &encoded);
}

/* Rule 2. */
static void hide_cut(const struct secret *form, const char *said, size_t len, char *text)
{
	size_t most = form->len < len ? form->len : len;

	for (size_t n = most; n >= REDACT_MIN; n--)
		if (memcmp(said + len - n, secret_reveal(form), n) == 0) {
			memset(text + len - n, '*', n);
			return;
		}
}

/* Where it begins within itself, too: the end of the one is not the end of the other. */
static void hide(const struct secret *form, const char *said, char *text)
{
	for (const char *at = said; (at = strstr(at, secret_reveal(form))); at++)
		memset(text + (at - said), '*', form->len);
}

/* What was SAID is looked at as it was: a secret may have another one in it. */
void redact_text(const struct redact *redact, char *text)
{
	size_t len = strlen(text);
	char *said = strdup(text);

	if (!said) {
		memset(text, '*', len);
		return;
	}
	for (size_t i = 0; i < redact->n; i++) {
		hide(&redact->forms[i], said, text);
		hide_cut(&redact->forms[i], said, len, text);
	}
	secret_wipe_string(said);
}

void redact_free(struct redact *redact)
{
	for (size_t i = 0; i < redact->n; i++)
		secret_free(&redact->forms[i]);
	redact->n = 0;
}
