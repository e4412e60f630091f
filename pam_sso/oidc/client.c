#include "client.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "assertion.h"
#include "form.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum { CREDENTIALS_MAX = 8 * 1024 };

static enum reason reason_of(int r)
{
	if (r == 0)
		return REASON_OK;
	return r == -ENOMEM ? REASON_NO_MEMORY : REASON_CONFIG;
}

/* Base64 with padding (RFC 4648 section 4): what HTTP's Basic wants, unlike the JOSE world. */
static int base64(const struct buf *from, struct secret *ret)
{
	size_t size = 4 * ((from->len + 2) / 3) + 1;
	char *text = malloc(size);

	if (!text)
		return -ENOMEM;
	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)from->data, (int)from->len);
	*ret = (struct secret){.bytes = text, .len = size - 1};
	return 0;
}

static enum reason add_basic(const struct client *client, struct secret *ret_basic)
{
	BUF_AUTO(credentials, CREDENTIALS_MAX);

	form_encode(&credentials, client->id, strlen(client->id));
	buf_puts(&credentials, ":");
	form_encode(&credentials, secret_reveal(&client->secret), client->secret.len);
	int r = buf_error(&credentials);
	return reason_of(r < 0 ? r : base64(&credentials, ret_basic));
}

static enum reason add_assertion(const struct client *client, const char *audience, int64_t now,
	const char *jti, struct buf *form)
{
	SECRET_AUTO(assertion);
	enum reason reason = assertion_sign(client, audience, now, jti, &assertion);

	if (reason != REASON_OK)
		return reason;
	form_add(form, "client_assertion_type", ASSERTION_TYPE);
	return reason_of(form_add_secret(form, "client_assertion", &assertion));
}

enum reason client_authenticate(const struct client *client, const char *audience, int64_t now,
	const char *jti, struct buf *form, struct secret *ret_basic)
{
	secret_free(ret_basic);
	if (!client->id || !*client->id)
		return REASON_CONFIG;
	enum reason reason = reason_of(form_add(form, "client_id", client->id));
	if (reason != REASON_OK)
		return reason;
	switch (client->method) {
	case CLIENT_NONE: return REASON_OK;
	case CLIENT_SECRET_BASIC:
		if (!secret_present(&client->secret))
			return REASON_CONFIG;
		return add_basic(client, ret_basic);
	case CLIENT_SECRET_POST:
		if (!secret_present(&client->secret))
			return REASON_CONFIG;
		return reason_of(form_add_secret(form, "client_secret", &client->secret));
	case CLIENT_PRIVATE_KEY_JWT: return add_assertion(client, audience, now, jti, form);
	}
	return REASON_CONFIG;
}
