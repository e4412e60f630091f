#include "config_form.h"

#include <string.h>

#include "count.h"
#include "parameter.h"
#include "username.h"

static bool is_printable(const char *value, size_t max)
{
	size_t len = strlen(value);

	if (len == 0 || len > max)
		return false;
	for (; *value; value++)
		if (*value <= ' ' || *value > '~')
			return false;
	return true;
}

static bool is_text(const char *value)
{
	return is_printable(value, CONFIG_TEXT_MAX);
}

static bool is_group(const char *value)
{
	size_t len = strlen(value);

	return len > 0 && len <= CONFIG_TEXT_MAX;
}

/* SCHEME, a host, and no user: an `@` before the path would make what stands before it one. */
static bool is_url(const char *value, const char *scheme)
{
	size_t len = strlen(scheme);

	if (!is_printable(value, CONFIG_URL_MAX) || strncmp(value, scheme, len) != 0)
		return false;
	size_t authority = strcspn(value + len, "/?#");
	return authority > 0 && value[len] != ':' && !memchr(value + len, '@', authority) &&
	       !memchr(value + len, '\\', authority);
}

static bool is_endpoint(const char *value)
{
	return is_url(value, "https://") && !strchr(value, '#');
}

static bool is_issuer(const char *value)
{
	return is_endpoint(value) && !strchr(value, '?');
}

/* What follows SCHEME is a host of this machine. */
static bool is_loopback(const char *value, const char *scheme)
{
	static const char *const hosts[] = {"127.0.0.1", "[::1]", "localhost"};

	for (size_t i = 0; i < COUNT(hosts); i++) {
		size_t len = strlen(hosts[i]);
		const char *at = value + strlen(scheme);

		if (strncmp(at, hosts[i], len) == 0 && strchr(":/", at[len]))
			return true;
	}
	return false;
}

/* RFC 8252 sections 7.2, 7.3: a page, or this machine by its address; a name could be another's. */
static bool is_redirect(const char *value)
{
	if (strchr(value, '#'))
		return false;
	return is_url(value, "https://") ||
	       (is_url(value, "http://") && is_loopback(value, "http://") &&
		       strncmp(value, "http://localhost", strlen("http://localhost")) != 0);
}

static bool is_proxy(const char *value)
{
	return (is_url(value, "http://") || is_url(value, "https://")) && !strpbrk(value, "?#");
}

/* Without TLS only where no network carries it. */
static bool is_store_url(const char *value)
{
	if (strpbrk(value, "?#"))
		return false;
	return is_url(value, "rediss://") ||
	       (is_url(value, "redis://") && is_loopback(value, "redis://"));
}

static bool is_path(const char *value)
{
	return value[0] == '/';
}

/* With a slash at its end a symbolic link would be followed. */
static bool is_directory(const char *value)
{
	return is_path(value) && value[strlen(value) - 1] != '/';
}

static bool is_scope(const char *value)
{
	return is_text(value) && !strpbrk(value, "\"\\");
}

/* `=` ends a path in `path=value`, so no path has one. */
static bool is_claim(const char *value)
{
	return is_text(value) && !strchr(value, '=');
}

static bool is_claim_value(const char *value)
{
	const char *equals = strchr(value, '=');

	return equals && equals != value && equals[1] && strlen(value) <= CONFIG_TEXT_MAX;
}

static bool is_service(const char *value)
{
	return is_text(value) && value[0] != '.' &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(value);
}

/* Group names may have colons, user names have none: so the last one divides. */
static bool is_role(const char *value)
{
	const char *colon = strrchr(value, ':');

	return colon && colon != value && is_group(value) && username_valid(colon + 1);
}

const struct config_form config_form_text = {
	is_text, "printable ASCII without blanks, at most 255 bytes"};
const struct config_form config_form_group = {is_group, "group names of at most 255 bytes"};
const struct config_form config_form_issuer = {is_issuer,
	"an https address as the identity provider writes it, without user, `?` and `#`, "
	"such as https://login.example.com/realms/staff"};
const struct config_form config_form_endpoint = {is_endpoint,
	"an https address without user and `#`, such as https://login.example.com/token"};
const struct config_form config_form_redirect = {is_redirect,
	"an https address without user and `#`, such as https://sso.example.com/callback.html, or "
	"http://127.0.0.1/PATH"};
const struct config_form config_form_proxy = {
	is_proxy, "http://HOST:PORT or https://HOST:PORT, without user and password"};
const struct config_form config_form_store_url = {is_store_url,
	"rediss://HOST:PORT/DATABASE, or redis:// with a host of this machine, such as "
	"redis://127.0.0.1:6379/0"};
const struct config_form config_form_path = {
	is_path, "an absolute path, such as /etc/pam_sso/secret"};
const struct config_form config_form_directory = {
	is_directory, "an absolute path without a slash at its end, such as /run/pam_sso"};
const struct config_form config_form_scope = {
	is_scope, "scopes: printable ASCII without `\"` and `\\`, separated by blanks"};
const struct config_form config_form_parameter = {parameter_valid,
	"`name=value`, such as access_type=offline, and no name that the flow or another key "
	"has"};
const struct config_form config_form_claim = {
	is_claim, "names of claims, such as email or realm_access.roles"};
const struct config_form config_form_claim_value = {is_claim_value,
	"`claim=value`, such as tenant=example; in double quotes where it has blanks"};
const struct config_form config_form_user = {username_valid,
	"local user names: 1 to 32 of A-Z a-z 0-9 _ . -, the first a letter or `_`"};
const struct config_form config_form_service = {
	is_service, "names of PAM services, which are lower case, such as sshd"};
const struct config_form config_form_role = {
	is_role, "`group:user`, such as ops:deploy; in double quotes where the group has blanks"};
