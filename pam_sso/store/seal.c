#include "seal.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

enum { FORMAT = 1, TAG = 16 };

/* As it lies in front of a value. */
struct head {
	unsigned char format;
	unsigned char kind;
	unsigned char version[8];
	unsigned char nonce[SEAL_NONCE];
};

enum { AUTHENTIC = offsetof(struct head, nonce) }; /* the nonce authenticates itself */

static void free_context(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

/* A context that has key, nonce and associated data; NULL where OpenSSL fails. */
static EVP_CIPHER_CTX *begin(
	const struct key *key, const char *name, const struct head *head, bool sealing)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int len;

	if (context &&
		EVP_CipherInit_ex(
			context, EVP_aes_256_gcm(), NULL, key->seal, head->nonce, sealing) == 1 &&
		EVP_CipherUpdate(context, NULL, &len, &head->format, AUTHENTIC) == 1 &&
		EVP_CipherUpdate(
			context, NULL, &len, (const unsigned char *)name, (int)strlen(name)) == 1)
		return context;
	EVP_CIPHER_CTX_free(context);
	return NULL;
}

/* GCM is a stream: as many bytes come out as go in. TO has room for LEN and the tag. */
static int encrypt(EVP_CIPHER_CTX *context, const void *plain, size_t len, unsigned char *to)
{
	int done = 0;
	int rest = 0;

	if (EVP_EncryptUpdate(context, to, &done, plain, (int)len) != 1 ||
		EVP_EncryptFinal_ex(context, to + done, &rest) != 1 ||
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, to + len) != 1)
		return -ENOMEM;
	return 0;
}

int seal_close(const struct key *key, const char *name, const struct seal_head *head,
	const unsigned char nonce[SEAL_NONCE], const void *plain, size_t len, struct buf *out)
{
	struct head front = {.format = FORMAT, .kind = (unsigned char)head->kind};
	uint64_t version = htobe64((uint64_t)head->version);

	if (len > INT_MAX - SEAL_OVERHEAD)
		return buf_fail(out, -EMSGSIZE);
	memcpy(front.version, &version, sizeof(version));
	memcpy(front.nonce, nonce, SEAL_NONCE);
	__attribute__((cleanup(free_context)))
	EVP_CIPHER_CTX *context = begin(key, name, &front, true);
	unsigned char *sealed = malloc(len + TAG);
	int r = context && sealed ? encrypt(context, plain, len, sealed) : -ENOMEM;
	if (r < 0)
		buf_fail(out, r);
	buf_add(out, &front, sizeof(front));
	r = buf_add(out, sealed, len + TAG);
	free(sealed);
	return r;
}

/* Opens in a buffer of its own: what is not authentic is nobody's to see. */
static int decrypt(EVP_CIPHER_CTX *context, const unsigned char *sealed, size_t len,
	unsigned char *tag, struct buf *plain)
{
	unsigned char *opened = malloc(len + 1);
	int done = 0;
	int rest = 0;
	int r = -ENOMEM;

	if (!opened)
		return r;
	if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
		EVP_DecryptUpdate(context, opened, &done, sealed, (int)len) == 1)
		r = EVP_DecryptFinal_ex(context, opened + done, &rest) == 1
			    ? buf_add(plain, opened, len)
			    : -EBADMSG;
	explicit_bzero(opened, len);
	free(opened);
	return r;
}

static bool is_kind(unsigned char kind)
{
	return kind == SEAL_SESSION || kind == SEAL_ENDED || kind == SEAL_INDEX;
}

int seal_open(const struct key *key, const char *name, const void *sealed, size_t len,
	struct seal_head *ret_head, struct buf *plain)
{
	const unsigned char *bytes = sealed;
	struct head front;
	unsigned char tag[TAG];
	uint64_t version;

	if (len < SEAL_OVERHEAD || len > INT_MAX)
		return -EBADMSG;
	memcpy(&front, bytes, sizeof(front));
	memcpy(tag, bytes + len - TAG, TAG);
	memcpy(&version, front.version, sizeof(version));
	version = be64toh(version);
	if (front.format != FORMAT || !is_kind(front.kind) || version > INT64_MAX)
		return -EBADMSG;
	__attribute__((cleanup(free_context)))
	EVP_CIPHER_CTX *context = begin(key, name, &front, false);
	if (!context)
		return -ENOMEM;
	int r = decrypt(context, bytes + sizeof(front), len - SEAL_OVERHEAD, tag, plain);
	if (r == 0)
		*ret_head = (struct seal_head){front.kind, (int64_t)version};
	return r;
}
