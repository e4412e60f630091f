#include "count.h"
#include "http_curl.h"

#include <stddef.h>

static const struct {
	CURLoption option;
	long value;
} fixed_numbers[] = {
	{CURLOPT_SSL_VERIFYPEER, 1},
	{CURLOPT_SSL_VERIFYHOST, 2},
	{CURLOPT_PROXY_SSL_VERIFYPEER, 1},
	{CURLOPT_PROXY_SSL_VERIFYHOST, 2},
	{CURLOPT_FOLLOWLOCATION, 0},
	{CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
	{CURLOPT_NETRC, CURL_NETRC_IGNORED},
	{CURLOPT_HTTP09_ALLOWED, 0},
	{CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
	{CURLOPT_NOSIGNAL, 1},
	/* A look-up cannot be called off; its thread is left behind, and ends with the process. */
	{CURLOPT_QUICK_EXIT, 1},
	/* The connection is kept from one poll to the next. */
	{CURLOPT_MAXAGE_CONN, 3600},
	{CURLOPT_TCP_KEEPALIVE, 1},
	{CURLOPT_TCP_KEEPIDLE, 30},
	{CURLOPT_TCP_KEEPINTVL, 15},
};

static const struct {
	CURLoption option;
	const char *value;
} fixed_strings[] = {
	{CURLOPT_PROTOCOLS_STR, "https"},
	{CURLOPT_REDIR_PROTOCOLS_STR, "https"},
	{CURLOPT_NOPROXY, ""}, /* not set, it comes from the environment */
	{CURLOPT_USERAGENT, "pam_sso/" PAM_SSO_VERSION},
};

static CURLcode set_fixed(CURL *easy)
{
	CURLcode code = CURLE_OK;

	for (size_t i = 0; !code && i < COUNT(fixed_numbers); i++)
		code = curl_easy_setopt(easy, fixed_numbers[i].option, fixed_numbers[i].value);
	for (size_t i = 0; !code && i < COUNT(fixed_strings); i++)
		code = curl_easy_setopt(easy, fixed_strings[i].option, fixed_strings[i].value);
	return code;
}

static CURLcode set_manner(CURL *easy, enum http_manner manner)
{
	bool many = manner == HTTP_MANY;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
		many ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);

	/* Those that begin together wait for the first to know what the provider speaks. */
	return code ? code : curl_easy_setopt(easy, CURLOPT_PIPEWAIT, many ? 1L : 0L);
}

/* A NULL takes away the file or directory that libcurl was built with: reading a whole bundle costs
 * more than all the rest of a login. */
static CURLcode set_configured(CURL *easy, const struct http_options *options)
{
	const struct {
		CURLoption option;
		const char *value;
	} strings[] = {
		{CURLOPT_CAINFO, options->ca_file},
		{CURLOPT_CAPATH, options->ca_dir},
		{CURLOPT_PROXY_CAINFO, options->ca_file},
		{CURLOPT_PROXY_CAPATH, options->ca_dir},
		{CURLOPT_PROXY, options->proxy ? options->proxy : ""},
	};
	const long tls = options->tls_1_3 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2;
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{CURLOPT_SSLVERSION, tls},
		{CURLOPT_PROXY_SSLVERSION, tls},
		{CURLOPT_CONNECTTIMEOUT, (long)options->connect_timeout},
		{CURLOPT_TIMEOUT, (long)options->request_timeout},
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; !code && i < COUNT(strings); i++)
		code = curl_easy_setopt(easy, strings[i].option, strings[i].value);
	for (size_t i = 0; !code && i < COUNT(numbers); i++)
		code = curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
	return code;
}

CURLcode http_curl_set(CURL *easy, const struct http_options *options, enum http_manner manner)
{
	CURLcode code = set_fixed(easy);

	if (!code)
		code = set_manner(easy, manner);
	return code ? code : set_configured(easy, options);
}
