#include "host.h"

#include <stdlib.h>
#include <string.h>

#include "sshd.h"
#include "sudo.h"
#include "terminal.h"

static enum host_kind kind_of(const struct context *context, const char *ssh_connection)
{
	if (ssh_connection && context->tty && strcmp(context->tty, "ssh") == 0)
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
	const char *ssh_connection = pam_getenv(context->pamh, "SSH_CONNECTION");
	enum host_kind kind = kind_of(context, ssh_connection);

	*ret = (struct host){
		.kind = kind,
		.show = show_of(context, kind),
		.qr = wants_qr(context, kind),
		.client_fd = kind == HOST_SSHD ? sshd_client_fd(ssh_connection) : -1,
	};
}
