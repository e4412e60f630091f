/*
 * ssoctl token: prints the caller's own access token, where it is good.
 */
#include <stdio.h>

#include "json_out.h"
#include "own_token.h"
#include "record.h"
#include "rfc3339.h"
#include "ssoctl.h"

static void print_json(const struct secret *token, int64_t expires)
{
	BUF_AUTO(out, RECORD_MAX);
	char time[RFC3339_TEXT];

	buf_puts(&out, "{\"access_token\": ");
	json_out_string(&out, secret_reveal(token));
	buf_puts(&out, ", \"expires\": ");
	json_out_string(&out, rfc3339_text(expires, time));
	printf("%s}\n", buf_str(&out));
}

static int run(const struct invocation *invocation)
{
	SECRET_AUTO(token);
	int64_t expires = -1;
	int status = own_token_read(&token, &expires);

	if (status != SSOCTL_OK)
		return status;
	if (invocation->json)
		print_json(&token, expires);
	else
		printf("%s\n", secret_reveal(&token));
	return SSOCTL_OK;
}

const struct command command_token = {
	.name = "token",
	.summary = "Print your own access token",
	.help = "It is read from the file that $SSO_ACCESS_TOKEN_FILE names, which a login gets "
		"with\n"
		"`access_token_file = yes` in pam_sso.conf. A token that has expired is not "
		"printed:\n"
		"exit status 1. For a call to a service that takes it:\n\n"
		"  printf 'Authorization: Bearer %s' \"$(ssoctl token)\" |\n"
		"    curl -H @- https://api.example.com/\n",
	.run = run,
};
