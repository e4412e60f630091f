/*
 * The configuration (config.h). A file is right or wrong whatever service is asked for, a carriage
 * return at a line's end changes nothing, an error is one line that names the file; and a service
 * that nobody thought of is never laxer than one that is named.
 */
#include "fuzz.h"

#include <errno.h>

#include "buf.h"
#include "config.h"

static int parse(const char *text, size_t len, const char *service, struct config *ret)
{
	struct config_error error;
	int r = config_parse(text, len, "conf", service, ret, &error);

	MUST(r == 0 || r == -EINVAL);
	MUST((r == 0) == !*error.text && fuzz_is_printable(error.text));
	MUST(r == 0 || strncmp(error.text, "conf:", 5) == 0);
	return r;
}

static void check(const struct config *config)
{
	MUST(strncmp(config->provider.issuer, "https://", 8) == 0 && config->provider.client_id);
	MUST(!config->provider.token_endpoint ||
		strncmp(config->provider.token_endpoint, "https://", 8) == 0);
	MUST(config->token.algs.n > 0 && !strlist_has(&config->token.algs, "none"));
	MUST(config->provider.flow == FLOW_DEVICE || config->provider.redirect_uri);
	MUST(!config->user.match == !config->user.template);
	MUST(config->session.store == STORE_FILE ||
		(config->session.store_url && config->session.store_key_file));
}

/* Rule 3, of what can be compared without a person. */
static void check_strict(const struct config *named, const struct config *other)
{
	const int64_t age = named->token.max_age;

	MUST(other->user.min_uid >= named->user.min_uid);
	MUST(other->access.require >= named->access.require);
	MUST(other->provider.flow >= named->provider.flow);
	MUST(age < 0 || (other->token.max_age >= 0 && other->token.max_age <= age));
	for (size_t i = 0; i < named->access.deny_users.n; i++)
		MUST(strlist_has(&other->access.deny_users, named->access.deny_users.items[i]));
	for (size_t i = 0; i < other->user.system_users.n; i++)
		MUST(strlist_has(&named->user.system_users, other->user.system_users.items[i]));
}

/* The same with a carriage return at the end of each line that has none. */
static void check_carriage_returns(const char *text, size_t len, int r)
{
	BUF_AUTO(dos, 2 * CONFIG_MAX);
	CONFIG_AUTO(config);

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			buf_puts(&dos, "\r");
		buf_add(&dos, text + i, 1);
	}
	MUST(buf_error(&dos) == 0);
	if (dos.len <= CONFIG_MAX)
		MUST(parse(buf_str(&dos), dos.len, "sshd", &config) == r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	CONFIG_AUTO(sshd);
	CONFIG_AUTO(other);

	if (len > CONFIG_MAX)
		return 0;
	int r = parse(text, len, "sshd", &sshd);
	MUST(parse(text, len, "nobody-thought-of", &other) == r);
	check_carriage_returns(text, len, r);
	if (r < 0) {
		MUST(!sshd.provider.issuer && !other.provider.issuer);
		return 0;
	}
	check(&sshd);
	check(&other);
	if (sshd.own_section && !other.own_section)
		check_strict(&sshd, &other);
	return 0;
}
