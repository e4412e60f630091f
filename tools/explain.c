/*
 * ssoctl explain: which rule would let a person in, or refuse them, by the claims of an ID token
 * that the caller hands over.
 *
 * It asks nobody but the user database, signs nobody in, and believes nothing for anybody else: the
 * claims are whatever the file says.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "explanation.h"
#include "file.h"
#include "json.h"
#include "json_out.h"
#include "ssoctl.h"

enum { CLAIMS_MAX = 64 * 1024 };

/* The caller's own file, or a pipe: whose it is does not matter to what is only explained. */
static int read_claims(const char *path, cJSON **ret)
{
	BUF_AUTO(bytes, CLAIMS_MAX);
	int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int r = fd < 0 ? -errno : file_read_fd(fd, &bytes);

	if (fd >= 0)
		close(fd);
	if (r < 0) {
		ssoctl_say("%s: %s", path, strerrordesc_np(-r));
		return SSOCTL_FAILED;
	}
	*ret = json_parse_object(buf_str(&bytes), bytes.len, CLAIMS_MAX);
	if (*ret)
		return SSOCTL_OK;
	ssoctl_say("%s: is not one JSON object: what stands between the dots of an ID token is "
		   "base64url of it",
		path);
	return SSOCTL_FAILED;
}

static int print(const struct invocation *invocation, const struct explanation *explanation)
{
	BUF_AUTO(out, EXPLANATION_MAX);

	if (!invocation->json) {
		explanation_print(explanation);
		return explanation_status(explanation);
	}
	buf_puts(&out, "{");
	explanation_add_json(explanation, &out);
	buf_puts(&out, "}");
	puts(buf_str(&out));
	return explanation_status(explanation);
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	JSON_AUTO(claims);
	EXPLANATION_AUTO(explanation);
	int status = ssoctl_config(invocation, &config);

	if (status == SSOCTL_OK)
		status = read_claims(invocation->claims, &claims);
	if (status != SSOCTL_OK)
		return status;
	const struct explanation_question question = {
		.config = &config,
		.service = invocation->service,
		.user = invocation->user,
		.claims = claims,
	};
	status = explanation_make(&question, &explanation);
	return status == SSOCTL_OK ? print(invocation, &explanation) : status;
}

const struct command command_explain = {
	.name = "explain",
	.options = OPTION_CONF | OPTION_USER | OPTION_SERVICE | OPTION_CLAIMS,
	.options_needed = OPTION_USER | OPTION_SERVICE | OPTION_CLAIMS,
	.summary = "Tell which rule lets somebody in, or refuses them",
	.help = "It takes the claims of an ID token, as `ssoctl login --json` has them in "
		"`claims`,\n"
		"and decides as a login by the service as the user would, one rule a line: `ok`, "
		"or\n"
		"`refused` in the last one. Then comes the verdict, in the words of the log:\n\n"
		"  let-in    the person may come in as the user; exit status 0\n"
		"  refused   `rule` decided so, for `reason`; exit status 1\n"
		"  not-ours  the configuration leaves service or user to the rest of the stack;\n"
		"            exit status 1\n\n"
		"Nobody is asked and nobody signs in: whether the token was good, limits, "
		"sessions\n"
		"and `require = publickey` are not looked at.\n",
	.run = run,
};
