#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sshauth.h"
#include "sshd.h"
#include "sudo.h"
#include "terminal.h"

static const char *ssh_connection(const struct context *context)
{
	return pam_getenv(context->pamh, "SSH_CONNECTION");
}

enum host_kind host_kind(const struct context *context)
{
	if (context->tty && strcmp(context->tty, "ssh") == 0 && ssh_connection(context))
		return HOST_SSHD;
	if (strcmp(context->service, "sudo") == 0 || strcmp(context->service, "sudo-i") == 0)
		return HOST_SUDO;
	return HOST_OTHER;
}

static enum show show_by_host(const struct context *context, enum host_kind kind)
{
	if (kind == HOST_SSHD)
		return sshd_shows_text(sshd_version_running()) ? SHOW_AS_TEXT : SHOW_AS_PROMPT;
	if (kind == HOST_SUDO && sudo_running_silent())
		return SHOW_NOWHERE;
	return terminal_present(context->tty) ? SHOW_AS_TEXT : SHOW_NOWHERE;
}

static enum show show_of(const struct context *context, enum host_kind kind)
{
	switch (context->config.prompt.show) {
	case SHOW_PROMPT: return SHOW_AS_PROMPT;
	case SHOW_TEXT: return SHOW_AS_TEXT;
	case SHOW_AUTO: break;
	}
	return show_by_host(context, kind);
}

static bool wants_qr(const struct context *context, enum host_kind kind)
{
	switch (context->config.prompt.qr) {
	case QR_ALWAYS: return true;
	case QR_NEVER: return false;
	case QR_AUTO: break;
	}
	return kind == HOST_SSHD || terminal_shows_blocks(getenv("TERM"), terminal_locale());
}

void host_look(const struct context *context, struct host *ret)
{
	enum host_kind kind = host_kind(context);

	*ret = (struct host){
		.kind = kind,
		.show = show_of(context, kind),
		.qr = wants_qr(context, kind),
		.client_fd = kind == HOST_SSHD ? sshd_client_fd(ssh_connection(context)) : -1,
	};
}

int host_ssh_key(const struct context *context, enum host_kind kind, char **ret)
{
	size_t len = 0;
	const char *key = kind == HOST_SSHD
				  ? sshauth_publickey(
					    pam_getenv(context->pamh, "SSH_AUTH_INFO_0"), &len)
				  : NULL;

	if (!key)
		return -ENOENT;
	char *copy = strndup(key, len);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}
