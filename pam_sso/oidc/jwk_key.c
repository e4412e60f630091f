#include "jwk_key.h"

#include <errno.h>
#include <string.h>

#include "b64url.h"
#include "json.h"

int jwk_key_octets(const cJSON *jwk, const char *name, struct buf *out)
{
	const char *text = json_string(jwk, name);

	if (!text || !*text)
		return -EINVAL;
	return b64url_decode(text, strlen(text), out);
}

EVP_PKEY *jwk_key_build(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY *key = NULL;

	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (context && EVP_PKEY_fromdata_init(context) == 1 &&
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}
