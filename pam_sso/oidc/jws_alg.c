#include "jws_alg.h"

#include <string.h>

#include "count.h"

static const struct jws_alg algs[] = {
	{"RS256", JWS_RSA_PKCS1, JWK_RSA, "SHA256", "SHA256", 0},
	{"RS384", JWS_RSA_PKCS1, JWK_RSA, "SHA384", "SHA384", 0},
	{"RS512", JWS_RSA_PKCS1, JWK_RSA, "SHA512", "SHA512", 0},
	{"PS256", JWS_RSA_PSS, JWK_RSA, "SHA256", "SHA256", 0},
	{"PS384", JWS_RSA_PSS, JWK_RSA, "SHA384", "SHA384", 0},
	{"PS512", JWS_RSA_PSS, JWK_RSA, "SHA512", "SHA512", 0},
	{"ES256", JWS_ECDSA, JWK_P256, "SHA256", "SHA256", 64},
	{"ES384", JWS_ECDSA, JWK_P384, "SHA384", "SHA384", 96},
	{"ES512", JWS_ECDSA, JWK_P521, "SHA512", "SHA512", 132},
	{"EdDSA", JWS_ED25519, JWK_ED25519, NULL, "SHA512", 64},
};

const struct jws_alg *jws_alg_find(const char *name)
{
	for (size_t i = 0; name && i < COUNT(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return &algs[i];
	return NULL;
}
