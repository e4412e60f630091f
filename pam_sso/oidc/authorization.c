#include "authorization.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "b64url.h"
#include "form.h"
#include "parameter.h"

enum {
	STATE_BYTES = 16,
	NONCE_BYTES = 16,
	VERIFIER_BYTES = 32,
	SHA256_BYTES = 32,
	TEXT_MAX = 512,
};

/* Encodes BYTES, and behind a dot LABEL where there is one. NULL where memory is short. */
static char *encode(const void *bytes, size_t len, const char *label)
{
	BUF_AUTO(text, TEXT_MAX);

	b64url_encode(bytes, len, &text);
	if (label) {
		buf_puts(&text, ".");
		b64url_encode(label, strnlen(label, AUTHORIZATION_LABEL_MAX), &text);
	}
	return buf_steal(&text);
}

static int make_verifier(const unsigned char *random, struct secret *ret)
{
	BUF_AUTO(text, TEXT_MAX);
	int r = b64url_encode(random, VERIFIER_BYTES, &text);

	return r < 0 ? r : secret_set(ret, buf_str(&text), text.len);
}

/* RFC 7636 section 4.2. */
static char *make_challenge(const struct secret *verifier)
{
	unsigned char digest[SHA256_BYTES];

	if (EVP_Digest(secret_reveal(verifier), verifier->len, digest, NULL, EVP_sha256(), NULL) !=
		1)
		return NULL;
	return encode(digest, sizeof(digest), NULL);
}

/* The caller frees what was set, also where it failed. */
static int make_secrets(const unsigned char random[AUTHORIZATION_RANDOM], const char *label,
	struct authorization *ret)
{
	ret->state = encode(random, STATE_BYTES, label);
	ret->nonce = encode(random + STATE_BYTES, NONCE_BYTES, NULL);
	if (make_verifier(random + STATE_BYTES + NONCE_BYTES, &ret->verifier) == 0)
		ret->challenge = make_challenge(&ret->verifier);
	return ret->state && ret->nonce && ret->challenge ? 0 : -ENOMEM;
}

int authorization_begin(const unsigned char random[AUTHORIZATION_RANDOM], const char *label,
	struct authorization *ret)
{
	AUTHORIZATION_AUTO(made);

	int r = make_secrets(random, label, &made);
	if (r < 0)
		return r;
	*ret = made;
	made = (struct authorization){0};
	return 0;
}

static void add_acr(const struct strlist *acr, struct buf *form)
{
	BUF_AUTO(values, AUTHORIZATION_URL_MAX);

	for (size_t i = 0; i < acr->n; i++)
		buf_printf(&values, "%s%s", i ? " " : "", acr->items[i]);
	if (buf_error(&values) < 0)
		buf_fail(form, buf_error(&values));
	else if (values.len)
		form_add(form, "acr_values", buf_str(&values));
}

static void add_parameters(const struct strlist *parameters, struct buf *form)
{
	for (size_t i = 0; i < parameters->n; i++) {
		const char *equals = strchr(parameters->items[i], '=');
		char name[PARAMETER_NAME_MAX + 1];

		snprintf(name, sizeof(name), "%.*s", (int)(equals - parameters->items[i]),
			parameters->items[i]);
		form_add(form, name, equals + 1);
	}
}

int authorization_add(const struct authorization *authorization,
	const struct authorization_request *request, struct buf *form)
{
	char age[24];

	form_add(form, "response_type", "code");
	form_add(form, "client_id", request->client_id);
	form_add(form, "redirect_uri", request->redirect_uri);
	form_add(form, "scope", request->scope);
	form_add(form, "state", authorization->state);
	form_add(form, "nonce", authorization->nonce);
	form_add(form, "code_challenge", authorization->challenge);
	form_add(form, "code_challenge_method", "S256");
	form_add(form, "prompt", request->prompt);
	form_add(form, "login_hint", request->login_hint);
	if (request->acr)
		add_acr(request->acr, form);
	if (request->max_age >= 0) {
		snprintf(age, sizeof(age), "%lld", (long long)request->max_age);
		form_add(form, "max_age", age);
	}
	if (request->parameters)
		add_parameters(request->parameters, form);
	return buf_error(form);
}

int authorization_link(const char *endpoint, const struct buf *form, struct buf *out)
{
	buf_puts(out, endpoint);
	buf_puts(out, strchr(endpoint, '?') ? "&" : "?");
	return buf_add(out, buf_str(form), form->len);
}

int authorization_add_pushed(const char *client_id, const char *request_uri, struct buf *form)
{
	form_add(form, "client_id", client_id);
	return form_add(form, "request_uri", request_uri);
}

int authorization_add_code(const struct authorization *authorization, const struct secret *code,
	const char *redirect_uri, struct buf *form)
{
	form_add(form, "grant_type", "authorization_code");
	form_add_secret(form, "code", code);
	form_add(form, "redirect_uri", redirect_uri);
	return form_add_secret(form, "code_verifier", &authorization->verifier);
}

void authorization_free(struct authorization *authorization)
{
	secret_wipe_string(authorization->state);
	secret_wipe_string(authorization->nonce);
	secret_wipe_string(authorization->challenge);
	secret_free(&authorization->verifier);
	*authorization = (struct authorization){0};
}
