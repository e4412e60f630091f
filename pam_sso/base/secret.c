#include "secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int secret_set(struct secret *secret, const void *bytes, size_t len)
{
	secret_free(secret);
	char *copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	secret->bytes = copy;
	secret->len = len;
	return 0;
}

bool secret_present(const struct secret *secret)
{
	return secret->len > 0;
}

const char *secret_reveal(const struct secret *secret)
{
	return secret->bytes ? secret->bytes : "";
}

void secret_free(struct secret *secret)
{
	if (secret->bytes) {
		explicit_bzero(secret->bytes, secret->len);
		free(secret->bytes);
	}
	*secret = (struct secret){0};
}

void secret_wipe_string(char *string)
{
	if (!string)
		return;
	explicit_bzero(string, strlen(string));
	free(string);
}
