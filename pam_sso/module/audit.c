#include "audit.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "count.h"

/* As libaudit.h has it, which is not needed to build. */
enum { TYPE_TRUSTED_APP = 1121 };

enum {
	VALUE_MAX = 256, /* bytes of a value; more are left out */
	MESSAGE_MAX =
		6000, /* encoded, and within the 8970 that audit takes with what libaudit adds */
};

static const char none[] = "?";

/* What libaudit is asked to do. */
struct library {
	void *handle;
	int (*open)(void);
	char *(*encode)(const char *name, const char *value, unsigned int len);
	int (*log)(int fd, int type, const char *message, const char *hostname, const char *addr,
		const char *terminal, int result);
};

static void library_close(struct library *library)
{
	if (library->handle)
		dlclose(library->handle);
}

/* Rule 4. */
static bool library_find(struct library *ret)
{
	ret->handle = dlopen("libaudit.so.1", RTLD_LAZY | RTLD_NOLOAD);
	if (!ret->handle)
		return false;
	*(void **)&ret->open = dlsym(ret->handle, "audit_open");
	*(void **)&ret->encode = dlsym(ret->handle, "audit_encode_nv_string");
	*(void **)&ret->log = dlsym(ret->handle, "audit_log_user_message");
	return ret->open && ret->encode && ret->log;
}

/* Rule 2. */
static void add_field(
	const struct library *library, const char *name, const char *value, struct buf *out)
{
	if (!context_text(value))
		return;
	char *field = library->encode(name, value, (unsigned int)strnlen(value, VALUE_MAX));
	if (field)
		(void)buf_printf(out, " %s", field);
	free(field);
}

static void compose(const struct library *library, const struct context *context,
	const struct audit_verdict *verdict, struct buf *out)
{
	const struct {
		const char *name, *value;
	} fields[] = {
		{"acct", context->user},
		{"service", context->service},
		{"reason", reason_name(verdict->reason)},
		{"rule", verdict->rule},
		{"iss", verdict->iss},
		{"sub", verdict->sub},
	};

	(void)buf_printf(out, "op=%s", verdict->op);
	for (unsigned int i = 0; i < COUNT(fields); i++)
		add_field(library, fields[i].name, fields[i].value, out);
}

/* Rule 2, of what libaudit takes as it is: the characters of names and addresses, and of terminals. */
static const char *plain(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.:_/%-";
	size_t len = text ? strspn(text, allowed) : 0;

	return len > 0 && len < VALUE_MAX && text[len] == '\0' ? text : none;
}

/* Rule 3. */
static const char *address(const char *rhost)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	bool is_one = rhost && (inet_pton(AF_INET, rhost, bytes) == 1 ||
				       inet_pton(AF_INET6, rhost, bytes) == 1);

	return is_one ? rhost : none;
}

static void record(const struct library *library, const struct context *context,
	const struct audit_verdict *verdict)
{
	BUF_AUTO(message, MESSAGE_MAX);
	int fd = library->open();

	if (fd < 0)
		return;
	compose(library, context, verdict, &message);
	if (buf_error(&message) == 0)
		(void)library->log(fd, TYPE_TRUSTED_APP, buf_str(&message), plain(context->rhost),
			address(context->rhost), plain(context->tty), verdict->reason == REASON_OK);
	close(fd);
}

void audit_verdict(const struct context *context, const struct audit_verdict *verdict)
{
	__attribute__((cleanup(library_close))) struct library library = {0};

	if (!context->config.log.audit || geteuid() != 0 ||
		reason_class(verdict->reason) == CLASS_NOT_OURS)
		return;
	if (library_find(&library))
		record(&library, context, verdict);
}
