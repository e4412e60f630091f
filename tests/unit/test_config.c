/*
 * What a configuration file says, and what is wrong with it: text in, values or one line out.
 * Run from the top of the tree: the last tests read conf/pam_sso.conf.
 */
#include <errno.h>
#include <ini.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "config.h"
#include "config_keys.h"
#include "count.h"

/* Three lines, so that what follows begins in line 4. */
#define BASE                                                                                       \
	"[provider]\n"                                                                             \
	"issuer = https://idp.example.com\n"                                                       \
	"client_id = host\n"

#define KEPT  "[session]\nkeep = yes\n"
#define KEEP  BASE KEPT
#define REDIS KEEP "store = redis\nstore_key_file = /k\n"

/* The code flow for all: what follows begins in line 6. */
#define CODE BASE "flow = code\nredirect_uri = https://login.example.com/callback.html\n"
#define HERE BASE "flow = auto\nredirect_uri = http://127.0.0.1/x\n"
#define NO_DISCOVERY                                                                               \
	"discovery = no\ntoken_endpoint = https://i.example/t\njwks_uri = https://i.example/k\n"
#define DEVICE_ENDPOINT        "device_authorization_endpoint = https://i.example/d\n"
#define AUTHORIZATION_ENDPOINT "authorization_endpoint = https://i.example/a\n"
#define PUSHED_ENDPOINT        "pushed_authorization_request_endpoint = https://i.example/p\n"

static struct config parsed(const char *text, const char *service)
{
	struct config config = {0};
	struct config_error error;
	int r = config_parse(text, strlen(text), "conf", service, &config, &error);

	if (r < 0)
		fail_msg("%s\n%s", error.text, text);
	assert_string_equal(error.text, "");
	return config;
}

static void expect_error(const char *text, size_t len, const char *wanted)
{
	struct config config = {0};
	struct config_error error;
	int r = config_parse(text, len, "conf", "sshd", &config, &error);

	if (r != -EINVAL)
		fail_msg("%d instead of an error: %s", r, text);
	if (strncmp(error.text, wanted, strlen(wanted)) != 0)
		fail_msg("said: %s\nwanted: %s", error.text, wanted);
	assert_null(config.provider.issuer);
}

/* Files that say something wrong, and the beginning of what is said of them. */
static const struct {
	const char *text;
	const char *error;
} wrong[] = {
	/* sections */
	{"[porvider]\n", "conf:1: there is no section [porvider]"},
	{"[Provider]\n", "conf:1: there is no section [Provider]"},
	{"[ provider ]\n", "conf:1: there is no section [ provider ]"},
	{"[]\n", "conf:1: there is no section []"},
	{"[service]\n", "conf:1: there is no section [service]"},
	{BASE "[user]\n[access]\n[user]\n", "conf:6: [user] stands in line 4 already"},
	{BASE "[service su]\n\n[service su]\n", "conf:6: [service su] stands in line 4 already"},
	{"[service ]\n", "conf:1: the NAME of [service NAME] must be"},
	{"[service SSHD]\n", "conf:1: the NAME of [service NAME] must be"},
	{"[service  sshd]\n", "conf:1: the NAME of [service NAME] must be"},
	{"[service a/b]\n", "conf:1: the NAME of [service NAME] must be"},
	{"[service ..]\n", "conf:1: the NAME of [service NAME] must be"},
	{"[provider\n", "conf:1: a section is `[NAME]`"},
	{"[provider] # main\n", "conf:1: a section is `[NAME]`"},
	{"[provider]x\n", "conf:1: a section is `[NAME]`"},
	{"[a][b]\n", "conf:1: a section is `[NAME]`"},
	{"[provider] ; main\n", "conf:1: a blank followed by `;`"},
	{" [provider]\n", "conf:1: a section must begin in the first column"},
	{BASE " [token]\n", "conf:4: a section must begin in the first column"},
	{"[service xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\n",
		"conf:1: there is no section with so long a name"},

	/* keys */
	{"issuer = https://idp.example.com\n", "conf:1: issuer stands before any section"},
	{"[provider]\nisuer = https://idp.example.com\n", "conf:2: there is no key `isuer`"},
	{"[provider]\nIssuer = https://idp.example.com\n", "conf:2: there is no key `Issuer`"},
	{"[provider]\n= https://idp.example.com\n", "conf:2: there is no key ``"},
	{"[provider]\nis\xc3\xbc = x\n", "conf:2: there is no key `is??`"},
	{"[provider]\nclient_secret = x\n", "conf:2: there is no key `client_secret`"},
	{BASE "skew = 60s\n", "conf:4: skew belongs to [token]"},
	{BASE "client_id = host\n", "conf:4: client_id stands in line 3 already"},
	{BASE "[service su]\nqr = never\nqr = never\n", "conf:6: qr stands in line 5 already"},
	{BASE "[service su]\nissuer = https://b.example\n",
		"conf:5: issuer is one for all services"},
	{BASE "[service su]\nclaims = sub\n", "conf:5: claims is one for all services"},
	{BASE "[service su]\nignore_services = su\n",
		"conf:5: ignore_services is one for all services"},
	{"[provider]\nclient_id = host\n", "conf: [provider] must have issuer"},
	{"[provider]\nissuer = https://a.example\n", "conf: [provider] must have client_id"},
	{"", "conf: [provider] must have issuer"},
	{"[provider]\nissuer =\n", "conf:2: issuer has no value"},
	{BASE "[token]\nacr =\n", "conf:5: acr has no value"},
	{BASE "[service su]\nacr =\nqr = never\n", "conf:5: acr has no value"},
	{BASE "[service su]\nmax_age =\n", "conf:5: max_age has no value"},

	/* lines */
	{BASE "nonsense\n", "conf:4: this is no `[section]`, `key = value` or `# comment`"},
	{BASE "nonsense\n[bad]\n", "conf:4: this is no"},
	{BASE "[bad]\nnonsense\n", "conf:4: there is no section [bad]"},
	{BASE "nonsense\nskew = 1\n", "conf:4: this is no"},
	{BASE "qr ; = never\n", "conf:4: a blank followed by `;`"},
	{BASE "client_key_id = a ; the old one\n", "conf:4: a blank followed by `;`"},
	{BASE "client_key_id = a\t;\n", "conf:4: a blank followed by `;`"},
	{BASE "[access]\nallow_groups = \"a ;b\"\n", "conf:5: a blank followed by `;`"},
	{BASE "[access]\nallow_groups = a\n  b ; c\n", "conf:6: a blank followed by `;`"},
	{BASE "client_key_id = a\rb\n", "conf:4: there is a control character in column 18"},
	{BASE "client_key_id = \x1b[2J\n", "conf:4: there is a control character in column 17"},
	{BASE "client_key_id = a\x7f\n", "conf:4: there is a control character in column 18"},
	{BASE "client_key_id = a\fb\n", "conf:4: there is a control character in column 18"},

	/* indented lines */
	{BASE " client_key_id = a\n", "conf:4: an indented line would continue client_id"},
	{"[provider]\n issuer = https://idp.example.com\n",
		"conf:2: a key must begin in the first"},
	{BASE "[access]\nallow_users = alice\n deny_users = bob\n",
		"conf:6: an indented line would continue allow_users"},
	{BASE "[access]\nallow_users = alice\n\tdeny_users=bob\n",
		"conf:6: an indented line would continue allow_users"},
	{BASE "[access]\nallow_groups = staff\n # first\n\n deny_groups: guests\n",
		"conf:8: an indented line would continue allow_groups"},
	{BASE "[access]\nallow_groups = staff\n deny_group = guests\n",
		"conf:6: allow_groups has a lone `=` as an item"},
	{BASE "[access]\nallow_users = alice\n [token]\n", "conf:6: a section must begin in the"},
	{BASE "[access]\nallow_users = alice\n[token]\n  bob\n", "conf:7: this is no"},
	{BASE "[access]\nallow_users = alice\n[service su]\n  allow_users = bob\n",
		"conf:7: a key must begin in the first column"},
	{BASE "[access]\nallow_users = alice\n[token]\n  x = bob\n",
		"conf:7: a key must begin in the first column"},

	/* values */
	{BASE "discovery = true\n", "conf:4: discovery must be yes or no"},
	{BASE "discovery = YES\n", "conf:4: discovery must be yes or no"},
	{BASE "client_auth = basic\n", "conf:4: client_auth must be one of none, client_secret_b"},
	{BASE "[token]\nskew = 60\n", "conf:5: skew must be a duration from 0s to 300s: a whole"},
	{BASE "[token]\nskew = 301s\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = -1s\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = 1.5m\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = 60 s\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = 60sec\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = none\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = s\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = 99999999999s\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = 9999999999d\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nskew = 18446744073709551617s\n", "conf:5: skew must be a duration"},
	{BASE "[token]\nmax_age = 366d\n", "conf:5: max_age must be a duration"},
	{BASE "[user]\nmin_uid = 1k\n", "conf:5: min_uid must be a whole number"},
	{BASE "[user]\nmin_uid = -1\n", "conf:5: min_uid must be a whole number"},
	{BASE "[user]\nmin_uid = +1000\n", "conf:5: min_uid must be a whole number"},
	{BASE "[user]\nmin_uid = 0x3e8\n", "conf:5: min_uid must be a whole number"},
	{BASE "[user]\nmin_uid = 4294967296\n", "conf:5: min_uid must be a whole number"},
	{BASE "[user]\nmin_uid = 1000 # people\n", "conf:5: min_uid must be a whole number"},
	{BASE "[prompt]\ndeadline = 9s\n", "conf:5: deadline must be a duration"},
	{BASE "[prompt]\ndeadline = 11m\n", "conf:5: deadline must be a duration"},
	{BASE "[token]\nalgs = RS256 none\n", "conf:5: algs must be some of RS256"},
	{BASE "[token]\nalgs = HS256\n", "conf:5: algs must be some of RS256"},
	{BASE "[token]\nalgs = rs256\n", "conf:5: algs must be some of RS256"},
	{BASE "[token]\nrequired_claims = tenant\n", "conf:5: required_claims must be `claim=val"},
	{BASE "[token]\nrequired_claims = =x\n", "conf:5: required_claims must be `claim=value`"},
	{BASE "[token]\nrequired_claims = x=\n", "conf:5: required_claims must be `claim=value`"},
	{BASE "[user]\nclaims = a=b\n", "conf:5: claims must be names of claims"},
	{BASE "[user]\nmap_file = map\n", "conf:5: map_file must be an absolute path"},
	{BASE "[user]\nroles = ops\n", "conf:5: roles must be `group:user`"},
	{BASE "[user]\nroles = :deploy\n", "conf:5: roles must be `group:user`"},
	{BASE "[user]\nroles = ops:\n", "conf:5: roles must be `group:user`"},
	{BASE "[user]\nroles = ops:-deploy\n", "conf:5: roles must be `group:user`"},
	{BASE "[user]\nsystem_users = 0\n", "conf:5: system_users must be local user names"},
	{BASE "[access]\nallow_users = ../root\n", "conf:5: allow_users must be local user names"},
	{BASE "[access]\nallow_users = alice, bob\n",
		"conf:5: allow_users has its items separated"},
	{BASE "[access]\nallow_users = alice # not bob\n",
		"conf:5: a comment must stand on a line"},
	{BASE "[access]\nallow_users = alice\n  #bob\n  ;carol\n  dave ;eve\n", "conf:8: a blank"},
	{BASE "[access]\nallow_groups = ;staff\n", "conf:5: a blank followed by `;`"},
	{BASE "[access]\nallow_groups =;staff\n", "conf:5: a comment must stand on a line"},
	{BASE "[access]\nallow_groups = \"staff\n", "conf:5: allow_groups has a double quote that"},
	{BASE "[access]\nallow_groups = \"a\"b\n", "conf:5: allow_groups needs a blank behind"},
	{BASE "[access]\nallow_groups = a\"b c\"\n", "conf:5: allow_groups needs a blank before"},
	{BASE "[access]\nallow_groups = \"\"\n", "conf:5: allow_groups must be group names"},
	{BASE "[access]\nignore_services = Cron\n", "conf:5: ignore_services must be names of PAM"},
	{BASE "scope = openid a\\b\n", "conf:4: scope must be scopes"},
	{BASE "[network]\nworker_user = 0\n", "conf:5: worker_user must be local user names"},
	{BASE "[network]\ntls_min = 1.1\n", "conf:5: tls_min must be one of 1.2, 1.3"},
	{BASE "[service su]\nmin_uid = x\n", "conf:5: min_uid must be a whole number"},

	/* addresses */
	{"[provider]\nissuer = http://idp.example.com\n",
		"conf:2: issuer must be an https address"},
	{"[provider]\nissuer = HTTPS://idp.example.com\n", "conf:2: issuer must be an https"},
	{"[provider]\nissuer = https://\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https:///x\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https://:443/\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https://a@b.example\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https://b.example?x\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https://b.example#x\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https://b.example #x\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https://b\\c.example\n", "conf:2: issuer must be an https address"},
	{"[provider]\nissuer = https://b\xc3\xbc.example\n", "conf:2: issuer must be an https"},
	{"[provider]\nissuer = \"https://b.example\"\n", "conf:2: issuer must be an https"},
	{"[provider]\nissuer = file:///etc/passwd\n", "conf:2: issuer must be an https address"},
	{BASE "token_endpoint = http://idp.example.com/t\n",
		"conf:4: token_endpoint must be an ht"},
	{BASE "jwks_uri = /jwks\n", "conf:4: jwks_uri must be an https address"},
	{BASE "[limits]\npending_user = 1001\n", "conf:5: pending_user must be a whole number"},
	{BASE "[limits]\npending_user = 1\n",
		"conf:5: pending_user = 1 is as much for one address"},
	{BASE "[limits]\npending_user = 0\nrate_user = 1\n", "conf:6: rate_user = 1 is as much"},
	{BASE "[limits]\nrate_total = -1\n", "conf:5: rate_total must be a whole number from 0 to"},
	{BASE "[limits]\nrate_window = 9s\n", "conf:5: rate_window must be a duration from 10s"},
	{BASE "[limits]\nlimits_directory = /\n", "conf:5: limits_directory must be"},
	{BASE "[service sshd]\npending_user = 1\n", "conf:5: "},
	{BASE "[log]\nlog_format = xml\n", "conf:5: log_format must be"},
	{BASE "[service sshd]\nlog_format = json\n", "conf:5: "},
	{BASE "[service sshd]\nstats = yes\n", "conf:5: "},
	{BASE "[log]\nstats_directory = /\n", "conf:5: stats_directory must be"},
	{BASE "[network]\nproxy = proxy.example:3128\n", "conf:5: proxy must be http://HOST:PORT"},
	{BASE "[network]\nproxy = http://me:pw@p.example:1\n", "conf:5: proxy must be http://HO"},

	/* together */
	{BASE "client_auth = client_secret_basic\n",
		"conf:4: client_auth = client_secret_basic needs client_secret_file"},
	{BASE "client_auth = client_secret_post\n",
		"conf:4: client_auth = client_secret_post needs client_secret_file"},
	{BASE "client_auth = private_key_jwt\n",
		"conf:4: client_auth = private_key_jwt needs client_key_file"},
	{BASE "client_secret_file = /s\n", "conf:4: client_secret_file means nothing without"},
	{BASE "client_key_file = /k\n", "conf:4: client_key_file means nothing without"},
	{BASE "client_key_id = k\n", "conf:4: client_key_id means nothing without"},
	{BASE "client_auth = private_key_jwt\nclient_key_file = /k\nclient_secret_file = /s\n",
		"conf:6: client_secret_file means nothing without"},
	{BASE "scope = profile\n", "conf:4: scope must have openid among its items"},
	{BASE "discovery = no\n", "conf:4: discovery = no needs device_authorization_endpoint"},
	{BASE "discovery = no\ndevice_authorization_endpoint = https://i.example/d\n"
	      "token_endpoint = https://i.example/t\n",
		"conf:4: discovery = no needs jwks_uri"},
	{BASE "discovery = no\ndevice_authorization_endpoint = https://i.example/d\n"
	      "token_endpoint = https://i.example/t\njwks_uri = https://i.example/k\n"
	      "[access]\ngroups_source = userinfo\n",
		"conf:4: discovery = no with groups_source = userinfo needs userinfo_endpoint"},
	{BASE "[user]\ntemplate = {1}\n", "conf:5: template means nothing without match"},
	{BASE "[user]\nmatch = (.*)\n", "conf:5: match needs template"},
	{BASE "[user]\ntemplate = {1}\nmatch = (a\n", "conf:6: match must be a POSIX extended"},
	{BASE "[user]\ntemplate = {2}\nmatch = (a)\n",
		"conf:6: match has {2} in its template, and"},
	{BASE "[user]\ntemplate = {x}\nmatch = (a)\n", "conf:6: match must have braces only as"},
	{BASE "[user]\ntemplate = {1}\nmatch = (a)\\1\n", "conf:6: match must not have back ref"},
	{BASE "[user]\nmap_only = no\n", "conf:5: map_only means nothing without map_file"},

	/* the authorization code flow */
	{BASE "flow = implicit\n", "conf:4: flow must be one of device, auto, code"},
	{BASE "flow = code\n", "conf:4: flow = code needs redirect_uri"},
	{BASE "flow = auto\n", "conf:4: flow = auto needs redirect_uri"},
	{BASE "[service su]\nqr = never\n[service sshd]\nflow = code\n",
		"conf:7: flow = code needs redirect_uri"},
	{BASE "[service su]\nflow = auto\n[service sshd]\nflow = device\n",
		"conf:5: flow = auto needs redirect_uri"},
	{BASE "flow = code\nredirect_uri = http://login.example.com/\n",
		"conf:5: redirect_uri must be"},
	{BASE "flow = code\nredirect_uri = http://localhost/\n", "conf:5: redirect_uri must be"},
	{BASE "flow = code\nredirect_uri = http://127.0.0.1.example.com/\n",
		"conf:5: redirect_uri must be"},
	{BASE "flow = code\nredirect_uri = https://login.example.com/#x\n",
		"conf:5: redirect_uri must be"},
	{BASE "redirect_uri = https://login.example.com/\n",
		"conf:4: redirect_uri means nothing without flow = code or auto"},
	{BASE "flow = device\nredirect_uri = https://login.example.com/\n",
		"conf:5: redirect_uri means nothing without flow = code or auto"},
	{BASE AUTHORIZATION_ENDPOINT, "conf:4: authorization_endpoint means nothing without flow"},
	{BASE PUSHED_ENDPOINT,
		"conf:4: pushed_authorization_request_endpoint means nothing without flow"},
	{BASE "pushed = never\n", "conf:4: pushed means nothing without flow = code or auto"},
	{BASE "authorization_prompt = login\n",
		"conf:4: authorization_prompt means nothing without flow = code or auto"},
	{BASE "[prompt]\nloopback = no\n", "conf:5: loopback means nothing without flow"},
	{CODE "[service su]\nflow = device\nloopback = no\n",
		"conf:8: loopback means nothing without flow = code or auto"},
	{CODE "authorization_prompt = none\n", "conf:6: authorization_prompt must be one of"},
	{BASE "authorization_parameters = access_type=offline\n",
		"conf:4: authorization_parameters means nothing without flow = code or auto"},
	{CODE "authorization_parameters = access_type=offline Access_Type=online\n",
		"conf:6: authorization_parameters has Access_Type twice"},
	{CODE "authorization_parameters = access_type=offline prompt=none\n",
		"conf:6: authorization_parameters must be `name=value`, such as"},
	{CODE "authorization_parameters = redirect_uri=https://elsewhere.example/\n",
		"conf:6: authorization_parameters must be `name=value`, such as"},
	{CODE "authorization_parameters = offline\n",
		"conf:6: authorization_parameters must be `name=value`, such as"},
	{CODE "pushed = yes\n", "conf:6: pushed must be one of auto, always, never"},
	{CODE "[service su]\nredirect_uri = https://other.example.com/\n",
		"conf:7: redirect_uri is one for all services"},
	{CODE "[prompt]\nloopback = yes\n",
		"conf:7: loopback = yes needs a redirect_uri on http://127.0.0.1 or [::1]"},
	{CODE "[service su]\nqr = never\n[service sudo]\nloopback = yes\n",
		"conf:9: loopback = yes needs a redirect_uri on http://127.0.0.1 or [::1]"},
	{CODE NO_DISCOVERY, "conf:6: discovery = no needs authorization_endpoint"},
	{CODE NO_DISCOVERY DEVICE_ENDPOINT, "conf:6: discovery = no needs authorization_endpoint"},
	{CODE NO_DISCOVERY AUTHORIZATION_ENDPOINT "[service su]\nflow = device\n",
		"conf:6: discovery = no needs device_authorization_endpoint"},
	{CODE NO_DISCOVERY AUTHORIZATION_ENDPOINT "pushed = always\n",
		"conf:10: pushed = always with discovery = no needs "
		"pushed_authorization_request_e"},
	{HERE NO_DISCOVERY AUTHORIZATION_ENDPOINT,
		"conf:6: discovery = no needs device_authorization_endpoint"},
	{HERE NO_DISCOVERY DEVICE_ENDPOINT, "conf:6: discovery = no needs authorization_endpoint"},

	/* sessions */
	{BASE "[session]\nkeep = 1\n", "conf:5: keep must be yes or no"},
	{BASE "[session]\nlifetime = 299s\n", "conf:5: lifetime must be a duration from 300s"},
	{BASE "[session]\nlifetime = 31d\n", "conf:5: lifetime must be a duration from 300s"},
	{BASE "[session]\nlifetime = none\n", "conf:5: lifetime must be a duration"},
	{BASE "[session]\nrefresh = 59s\n", "conf:5: refresh must be a duration from 60s to 864"},
	{BASE "[session]\nrefresh = 25h\n", "conf:5: refresh must be a duration"},
	{BASE "[session]\nrefresh = off\n", "conf:5: refresh must be a duration"},
	{BASE "[session]\ndirectory = run\n", "conf:5: directory must be an absolute path"},
	{BASE "[session]\ndirectory = /run/x/\n", "conf:5: directory must be an absolute path"},
	{BASE "[session]\ndirectory = /\n", "conf:5: directory must be an absolute path"},
	{BASE "[session]\non_revoked = kill\n", "conf:5: on_revoked must be one of drop, term"},
	{BASE "[session]\nreuse = 0s\n",
		"conf:5: reuse must be a duration from 1s to 2592000s, or off"},
	{BASE "[session]\nreuse = none\n", "conf:5: reuse must be a duration"},
	{BASE "[session]\nreuse = yes\n", "conf:5: reuse must be a duration"},
	{BASE "[token]\nmax_age = off\n",
		"conf:5: max_age must be a duration from 0s to 31536000s, or none"},
	{BASE "revocation_endpoint = http://idp.example.com/r\n",
		"conf:4: revocation_endpoint must be an https address"},
	{BASE "[service su]\nkeep = yes\n", "conf:5: keep is one for all services"},
	{BASE "[session]\nreuse = 1h\n", "conf:5: reuse means nothing without keep = yes"},
	{BASE "[session]\nkeep = no\n[service su]\nqr = never\n[service sudo]\nreuse = 1h\n",
		"conf:9: reuse means nothing without keep = yes"},
	{BASE "[session]\non_revoked = terminate\n",
		"conf:5: on_revoked means nothing without keep = yes"},
	{BASE "[session]\nbind = ssh-key\n", "conf:5: bind means nothing without keep = yes"},
	{BASE "[service sshd]\nbind = ssh-key\n", "conf:5: bind means nothing without keep"},
	{BASE "[session]\nverify = cached\n", "conf:5: verify means nothing without keep = yes"},
	{BASE "[service sudo]\nverify = cached\n", "conf:5: verify means nothing without keep"},
	{BASE "[session]\naccount = any\n", "conf:5: account means nothing without keep = yes"},
	{BASE "[service sshd]\naccount = any\n", "conf:5: account means nothing without keep"},
	{BASE "[session]\nclose_session = revoke\n",
		"conf:5: close_session means nothing without keep = yes"},
	{BASE "[session]\naccess_token_file = yes\n",
		"conf:5: access_token_file means nothing without keep = yes"},
	{BASE "[session]\nstore = redis\n", "conf:5: store means nothing without keep = yes"},
	{KEEP "bind = ssh-key\n", "conf:6: bind means nothing without reuse"},
	{KEEP "reuse = 1h\n[service sshd]\nreuse = off\nbind = ssh-key\n",
		"conf:9: bind means nothing without reuse"},
	{KEEP "[service sshd]\nbind = ssh-key\n[service sudo]\nreuse = 1h\n",
		"conf:7: bind means nothing without reuse"},
	{KEEP "recheck = 1m\n", "conf:6: recheck means nothing without verify = cached"},
	{KEEP "verify = cached\n[service sudo]\nverify = always\nrecheck = 5m\n",
		"conf:9: recheck means nothing without verify = cached"},
	{KEEP "[service sudo]\nrecheck = 5m\n[service su]\nverify = cached\n",
		"conf:7: recheck means nothing without verify = cached"},
	{KEEP "token_directory = /run/x\n",
		"conf:6: token_directory means nothing without access_token_file = yes"},
	{KEEP "recheck = 0s\n", "conf:6: recheck must be a duration from 1s to 3600s"},
	{KEEP "recheck = 61m\n", "conf:6: recheck must be a duration from 1s to 3600s"},
	{KEEP "bind = address\n", "conf:6: bind must be one of login, ssh-key"},
	{KEEP "verify = never\n", "conf:6: verify must be one of always, cached"},
	{KEEP "account = all\n", "conf:6: account must be one of session, any"},
	{KEEP "close_session = end\n", "conf:6: close_session must be one of keep, revoke"},
	{KEEP "access_token_file = /x\n", "conf:6: access_token_file must be yes or no"},
	{KEEP "token_directory = /run/x/\n", "conf:6: token_directory must be an absolute path"},
	{KEEP "[service sshd]\nclose_session = revoke\n",
		"conf:7: close_session is one for all services"},
	{KEEP "[service sshd]\nstore = redis\n", "conf:7: store is one for all services"},

	/* the store of a fleet */
	{KEEP "store = etcd\n", "conf:6: store must be one of file, redis"},
	{KEEP "store = redis\n", "conf:6: store = redis needs store_url"},
	{KEEP "store = redis\nstore_url = redis://localhost/\n",
		"conf:6: store = redis needs store_key_file"},
	{REDIS "store_url = rediss://redis.example.com:6380/0\n",
		"conf:8: store_url = rediss:// needs store_ca_file"},
	{REDIS "store_url = redis://redis.example.com:6379/0\n",
		"conf:8: store_url must be rediss://HOST:PORT/DATABASE, or redis:// with a host"},
	{REDIS "store_url = redis://localhost.example.com/0\n", "conf:8: store_url must be"},
	{REDIS "store_url = redis://127.0.0.1.example.com/0\n", "conf:8: store_url must be"},
	{REDIS "store_url = redis://user@localhost/0\n", "conf:8: store_url must be"},
	{REDIS "store_url = rediss://user:word@redis.example.com/0\n", "conf:8: store_url must be"},
	{REDIS "store_url = rediss://\n", "conf:8: store_url must be"},
	{REDIS "store_url = https://redis.example.com/\n", "conf:8: store_url must be"},
	{REDIS "store_url = redis://localhost/0?x=y\n", "conf:8: store_url must be"},
	{REDIS "store_url = redis://localhost/0\nstore_user = pam_sso\n",
		"conf:9: store_user means nothing without store_password_file"},
	{REDIS "store_url = redis://localhost/0\nstore_timeout = 11s\n",
		"conf:9: store_timeout must be a duration from 1s to 10s"},
	{REDIS "store_url = redis://localhost/0\nstore_timeout = 0s\n",
		"conf:9: store_timeout must be a duration from 1s to 10s"},
	{KEEP "store_url = redis://localhost/0\n",
		"conf:6: store_url means nothing without store = redis"},
	{KEEP "store = file\nstore_key_file = /k\n",
		"conf:7: store_key_file means nothing without store = redis"},
	{KEEP "store_user = pam_sso\n", "conf:6: store_user means nothing without store = redis"},
	{KEEP "store_password_file = /p\n",
		"conf:6: store_password_file means nothing without store = redis"},
	{KEEP "store_ca_file = /c\n", "conf:6: store_ca_file means nothing without store = redis"},
	{KEEP "store_timeout = 1s\n", "conf:6: store_timeout means nothing without store = redis"},
	{KEEP "store_program = /usr/bin/x\n",
		"conf:6: store_program means nothing without store = redis"},
};

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		expect_error(wrong[i].text, strlen(wrong[i].text), wrong[i].error);
}

static void a_nul_is_refused(void **state)
{
	static const char in_value[] = BASE "client_key_id = a\0b\n";
	static const char alone[] = BASE "\0\n";
	static const char in_indent[] = BASE "[token]\nacr = a\n\0 b\n";

	(void)state;
	expect_error(in_value, sizeof(in_value) - 1, "conf:4: there is a control character");
	expect_error(alone, sizeof(alone) - 1, "conf:4: there is a control character in column 1");
	expect_error(in_indent, sizeof(in_indent) - 1, "conf:6: there is a control character");
}

/* How many bytes of a line this system's inih reads, a NUL included. */
static char *note_size(char *room, int size, void *context)
{
	(void)room;
	*(int *)context = size;
	return NULL;
}

static int ignore(void *context, const char *section, const char *name, const char *value)
{
	(void)context, (void)section, (void)name, (void)value;
	return 1;
}

static size_t line_max(void)
{
	int size = 0;

	ini_parse_stream(note_size, &size, ignore, NULL);
	assert_true(size > 1);
	return (size_t)size - 1;
}

/* BASE, the line's beginning, and as many `a` as make it LEN bytes; then END. */
static void long_line(struct buf *text, const char *line, size_t len, const char *end)
{
	buf_puts(text, BASE);
	buf_puts(text, line);
	for (size_t i = strlen(line); i < len; i++)
		buf_puts(text, "a");
	buf_puts(text, end);
	assert_int_equal(buf_error(text), 0);
}

static void a_line_is_read_whole_or_refused(void **state)
{
	static const char *const ends[] = {"", "\n", "\r\n", "   \n"};
	size_t max = line_max();

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		BUF_AUTO(fits, 4096);
		BUF_AUTO(too_long, 4096);

		long_line(&fits, "token_endpoint = https://", max, ends[i]);
		CONFIG_AUTO(config);
		config = parsed(buf_str(&fits), "sshd");
		assert_int_equal(
			strlen(config.provider.token_endpoint), max - strlen("token_endpoint = "));
		long_line(&too_long, "token_endpoint = https://", max + 1, ends[i]);
		expect_error(buf_str(&too_long), too_long.len, "conf:4: the line has");
	}
}

static void the_rest_of_a_long_line_is_no_line(void **state)
{
	BUF_AUTO(text, 4096);

	(void)state;
	long_line(&text, "token_endpoint = https://", line_max(), "[access]\nallow_users = eve\n");
	expect_error(buf_str(&text), text.len, "conf:4: the line has");
}

static void a_comment_has_any_length(void **state)
{
	BUF_AUTO(text, 4096);
	CONFIG_AUTO(config);

	(void)state;
	long_line(&text, "  # ", 3 * line_max(), " ;\n; x ; y\n[token]\nskew = 1s\n");
	config = parsed(buf_str(&text), "sshd");
	assert_int_equal(config.token.skew, 1);
}

static void assert_list(const struct strlist *list, const char *joined)
{
	BUF_AUTO(text, 4096);

	for (size_t i = 0; i < list->n; i++)
		buf_printf(&text, "%s%s", i ? "|" : "", list->items[i]);
	assert_string_equal(buf_str(&text), joined);
}

static void defaults_are_as_documented(void **state)
{
	CONFIG_AUTO(config);

	(void)state;
	config = parsed(BASE, "sshd");
	assert_string_equal(config.provider.issuer, "https://idp.example.com");
	assert_int_equal(config.provider.client_auth, CLIENT_AUTH_NONE);
	assert_string_equal(config.provider.client_assertion_alg, "RS256");
	assert_list(&config.provider.scope, "openid|profile|email");
	assert_true(config.provider.discovery);
	assert_null(config.provider.token_endpoint);
	assert_list(
		&config.token.algs, "RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA");
	assert_int_equal(config.provider.flow, FLOW_DEVICE);
	assert_null(config.provider.redirect_uri);
	assert_null(config.provider.authorization_endpoint);
	assert_null(config.provider.pushed_authorization_request_endpoint);
	assert_int_equal(config.provider.pushed, PUSHED_AUTO);
	assert_null(config.provider.authorization_prompt);
	assert_int_equal(config.token.skew, 60);
	assert_int_equal(config.token.max_age, CONFIG_NO_AGE);
	assert_list(&config.user.claims, "preferred_username");
	assert_int_equal(config.user.casefold, CASEFOLD_NONE);
	assert_true(config.user.map_only);
	assert_int_equal(config.user.min_uid, 1000);
	assert_int_equal(config.user.system_users.n, 0);
	assert_false(config.access.allow_none);
	assert_string_equal(config.access.groups_claim, "groups");
	assert_int_equal(config.access.groups_source, GROUPS_ID_TOKEN);
	assert_int_equal(config.access.require, REQUIRE_NONE);
	assert_int_equal(config.prompt.show, SHOW_AUTO);
	assert_int_equal(config.prompt.qr, QR_AUTO);
	assert_true(config.prompt.complete_link);
	assert_int_equal(config.prompt.loopback, LOOPBACK_AUTO);
	assert_int_equal(config.prompt.deadline, 110);
	assert_string_equal(config.network.ca_dir, "/etc/ssl/certs");
	assert_null(config.network.ca_file);
	assert_null(config.network.proxy);
	assert_int_equal(config.network.tls_min, TLS_1_2);
	assert_int_equal(config.network.connect_timeout, 10);
	assert_int_equal(config.network.request_timeout, 20);
	assert_string_equal(config.network.worker, PAM_SSO_WORKER);
	assert_string_equal(config.network.worker_user, "pam_sso");
	assert_int_equal(config.limits.pending_user, 10);
	assert_int_equal(config.limits.pending_address, 20);
	assert_int_equal(config.limits.pending_total, 200);
	assert_int_equal(config.limits.rate_user, 20);
	assert_int_equal(config.limits.rate_address, 60);
	assert_int_equal(config.limits.rate_total, 600);
	assert_int_equal(config.limits.rate_window, 60);
	assert_string_equal(config.limits.limits_directory, "/run/pam_sso_limits");
	assert_int_equal(config.log.log_format, LOG_FORMAT_TEXT);
	assert_true(config.log.audit);
	assert_false(config.log.stats);
	assert_string_equal(config.log.stats_directory, "/run/pam_sso_stats");
	assert_false(config.session.keep);
	assert_int_equal(config.session.lifetime, 12 * 3600);
	assert_string_equal(config.session.directory, "/run/pam_sso");
	assert_int_equal(config.session.refresh, 300);
	assert_int_equal(config.session.on_revoked, REVOKED_DROP);
	assert_int_equal(config.session.reuse, CONFIG_REUSE_OFF);
	assert_int_equal(config.session.bind, BIND_LOGIN);
	assert_int_equal(config.session.verify, VERIFY_ALWAYS);
	assert_int_equal(config.session.recheck, 60);
	assert_int_equal(config.session.account, ACCOUNT_SESSION);
	assert_int_equal(config.session.close_session, CLOSE_KEEP);
	assert_false(config.session.access_token_file);
	assert_string_equal(config.session.token_directory, "/run/pam_sso_tokens");
	assert_int_equal(config.session.store, STORE_FILE);
	assert_null(config.session.store_url);
	assert_null(config.session.store_user);
	assert_null(config.session.store_password_file);
	assert_null(config.session.store_ca_file);
	assert_null(config.session.store_key_file);
	assert_int_equal(config.session.store_timeout, 2);
	assert_string_equal(config.session.store_program, PAM_SSO_STORE);
	assert_false(config.own_section);
}

/* What has no meaning without keep may be said as it is without it. */
static void sessions_are_configured(void **state)
{
	CONFIG_AUTO(config);
	CONFIG_AUTO(off);

	(void)state;
	config = parsed(BASE "revocation_endpoint = https://idp.example.com/r\n"
			     "[session]\nkeep = yes\nlifetime = 30d\ndirectory = /var/lib/x\n"
			     "refresh = 1m\non_revoked = terminate\nreuse = 15m\n",
		"sudo");
	assert_string_equal(config.provider.revocation_endpoint, "https://idp.example.com/r");
	assert_true(config.session.keep);
	assert_int_equal(config.session.lifetime, 30 * 86400);
	assert_string_equal(config.session.directory, "/var/lib/x");
	assert_int_equal(config.session.refresh, 60);
	assert_int_equal(config.session.on_revoked, REVOKED_TERMINATE);
	assert_int_equal(config.session.reuse, 900);
	off = parsed(BASE "[session]\nlifetime = 1h\non_revoked = drop\nreuse = off\n"
			  "[service sudo]\nreuse = off\n",
		"sudo");
	assert_int_equal(off.session.reuse, CONFIG_REUSE_OFF);
}

/* Each of these says all that goes with what it says. */
static void what_goes_together_is_read(void **state)
{
	static const struct {
		const char *text;
		const char *service;
	} rows[] = {
		/* said for all, and of use to one service */
		{KEEP "bind = ssh-key\n[service sshd]\nreuse = 8h\n", "sshd"},
		{KEEP "recheck = 5m\n[service sudo]\nverify = cached\nreuse = 1h\n", "sudo"},
		/* said for one, and on for all */
		{KEEP "reuse = 8h\n[service sshd]\nbind = ssh-key\n", "sshd"},
		{KEEP "verify = cached\n[service sudo]\nrecheck = 5m\n", "sudo"},
		/* without keep, as it is without it */
		{BASE "[session]\nbind = login\nverify = always\naccount = session\n"
		      "close_session = keep\naccess_token_file = no\nstore = file\n",
			"sshd"},
		{REDIS "store_url = rediss://redis.example.com:6380/1\n"
		       "store_user = pam_sso\nstore_password_file = /p\nstore_ca_file = /c\n"
		       "store_timeout = 1s\nstore_program = /usr/bin/x\n",
			"sshd"},
		{REDIS "store_url = rediss://redis.example.com\n[network]\nca_file = /c\n", "sshd"},
		{REDIS "store_url = rediss://redis.example.com\n[network]\nca_dir = /c\n", "sshd"},
		{REDIS "store_url = redis://127.0.0.1:6379/0\nstore_password_file = /p\n", "sshd"},
		{REDIS "store_url = redis://[::1]:6379\n", "sshd"},
		{REDIS "store_url = redis://localhost\n", "sshd"},
		/* what the code flow needs */
		{CODE "pushed = always\n[prompt]\nloopback = no\n", "sshd"},
		{CODE NO_DISCOVERY AUTHORIZATION_ENDPOINT, "sshd"},
		{CODE NO_DISCOVERY AUTHORIZATION_ENDPOINT PUSHED_ENDPOINT "pushed = always\n",
			"sshd"},
		{HERE NO_DISCOVERY AUTHORIZATION_ENDPOINT DEVICE_ENDPOINT, "sshd"},
		{HERE "[prompt]\nloopback = yes\n", "sshd"},
		{BASE "flow = code\nredirect_uri = http://[::1]:8080/x\n[service su]\n"
		      "loopback = yes\n",
			"su"},
		/* for one service alone, or for all but one */
		{BASE "redirect_uri = https://login.example.com/\npushed = never\n"
		      "authorization_prompt = consent\nauthorization_parameters = a=b\n"
		      "[service sshd]\nflow = code\n"
		      "loopback = no\n",
			"sshd"},
		{CODE "[service su]\nflow = device\n", "su"},
		{CODE NO_DISCOVERY AUTHORIZATION_ENDPOINT DEVICE_ENDPOINT
			"[service su]\nflow = device\n",
			"su"},
		/* without it, as it is without it */
		{BASE "flow = device\npushed = auto\n[prompt]\nloopback = auto\n", "sshd"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CONFIG_AUTO(config);

		config = parsed(rows[i].text, rows[i].service);
	}
}

static void a_full_file_is_read(void **state)
{
	CONFIG_AUTO(config);

	(void)state;
	config = parsed(
		"\xef\xbb\xbf# a byte order mark, DOS line ends, tabs, no last newline ; x\r\n"
		"[network]\r\n"
		"ca_file=/etc/ca bundle.pem\r\n"
		"proxy = http://proxy.example:3128\r\n"
		"tls_min\t=\t1.3\r\n"
		"[provider]\r\n"
		"issuer: https://idp.example.com/realms/a%20b/\r\n"
		"client_id = 0oa;x=y:z#1\r\n"
		"client_auth = private_key_jwt\r\n"
		"client_key_file = /etc/key.pem\r\n"
		"client_assertion_alg = ES384\r\n"
		"\r\n"
		"[token]\r\n"
		"max_age = 8h\r\n"
		"required_claims = tenant=example\r\n"
		"\t\"dept=C# and F#\"  a=b=c\r\n"
		"\r\n"
		"  # between\r\n"
		"    \"acr=gold\"\r\n"
		"[access]\r\n"
		"allow_groups =\r\n"
		"  /staff\r\n"
		"  \"team #1\" cn=ops,dc=example C#\r\n"
		"  \xc3\xa4rzte\r\n"
		"[user]\r\n"
		"match = ([a-z]+)=([a-z]+)@example\\.com\r\n"
		"template = {1}_{2}\r\n"
		"min_uid = 0500\r\n"
		"roles = /a:b:deploy \"the ops:deploy\"",
		"sshd");
	assert_string_equal(config.network.ca_file, "/etc/ca bundle.pem");
	assert_null(config.network.ca_dir);
	assert_string_equal(config.network.proxy, "http://proxy.example:3128");
	assert_int_equal(config.network.tls_min, TLS_1_3);
	assert_string_equal(config.provider.issuer, "https://idp.example.com/realms/a%20b/");
	assert_string_equal(config.provider.client_id, "0oa;x=y:z#1");
	assert_int_equal(config.provider.client_auth, CLIENT_AUTH_PRIVATE_KEY);
	assert_string_equal(config.provider.client_assertion_alg, "ES384");
	assert_int_equal(config.token.max_age, 8 * 3600);
	assert_list(&config.token.required_claims, "tenant=example|dept=C# and F#|a=b=c|acr=gold");
	assert_list(
		&config.access.allow_groups, "/staff|team #1|cn=ops,dc=example|C#|\xc3\xa4rzte");
	assert_string_equal(config.user.match, "([a-z]+)=([a-z]+)@example\\.com");
	assert_string_equal(config.user.template, "{1}_{2}");
	assert_int_equal(config.user.min_uid, 500);
	assert_list(&config.user.roles, "/a:b:deploy|the ops:deploy");
}

static void every_word_is_its_value(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		unsigned int value;
	} rows[] = {
#define WORD(TEXT, FIELD, VALUE) {BASE TEXT "\n", offsetof(struct config, FIELD), VALUE}
		WORD("client_auth = none", provider.client_auth, CLIENT_AUTH_NONE),
		WORD("client_auth = client_secret_basic\nclient_secret_file = /s",
			provider.client_auth, CLIENT_AUTH_BASIC),
		WORD("client_auth = client_secret_post\nclient_secret_file = /s",
			provider.client_auth, CLIENT_AUTH_POST),
		WORD("client_auth = private_key_jwt\nclient_key_file = /k", provider.client_auth,
			CLIENT_AUTH_PRIVATE_KEY),
		WORD("flow = device", provider.flow, FLOW_DEVICE),
		WORD("flow = auto\nredirect_uri = https://x.example", provider.flow, FLOW_AUTO),
		WORD("flow = code\nredirect_uri = https://x.example", provider.flow, FLOW_CODE),
		WORD("pushed = auto", provider.pushed, PUSHED_AUTO),
		WORD("flow = code\nredirect_uri = https://x.example\npushed = always",
			provider.pushed, PUSHED_ALWAYS),
		WORD("flow = code\nredirect_uri = https://x.example\npushed = never",
			provider.pushed, PUSHED_NEVER),
		WORD("[prompt]\nloopback = auto", prompt.loopback, LOOPBACK_AUTO),
		WORD("flow = code\nredirect_uri = http://[::1]/\n[prompt]\nloopback = no",
			prompt.loopback, LOOPBACK_NO),
		WORD("flow = code\nredirect_uri = http://[::1]/\n[prompt]\nloopback = yes",
			prompt.loopback, LOOPBACK_YES),
		WORD("[user]\ncasefold = none", user.casefold, CASEFOLD_NONE),
		WORD("[user]\ncasefold = ascii", user.casefold, CASEFOLD_ASCII),
		WORD("[access]\ngroups_source = id_token", access.groups_source, GROUPS_ID_TOKEN),
		WORD("[access]\ngroups_source = userinfo", access.groups_source, GROUPS_USERINFO),
		WORD("[access]\nrequire = none", access.require, REQUIRE_NONE),
		WORD("[access]\nrequire = publickey", access.require, REQUIRE_PUBLICKEY),
		WORD("[prompt]\nlanguage = auto", prompt.language, LANGUAGE_AUTO),
		WORD("[prompt]\nlanguage = en", prompt.language, LANGUAGE_EN),
		WORD("[prompt]\nlanguage = de", prompt.language, LANGUAGE_DE),
		WORD("[prompt]\nlanguage = es", prompt.language, LANGUAGE_ES),
		WORD("[prompt]\nlanguage = fr", prompt.language, LANGUAGE_FR),
		WORD("[prompt]\nlanguage = ja", prompt.language, LANGUAGE_JA),
		WORD("[prompt]\nlanguage = ko", prompt.language, LANGUAGE_KO),
		WORD("[prompt]\nshow = auto", prompt.show, SHOW_AUTO),
		WORD("[prompt]\nshow = prompt", prompt.show, SHOW_PROMPT),
		WORD("[prompt]\nshow = text", prompt.show, SHOW_TEXT),
		WORD("[prompt]\nqr = auto", prompt.qr, QR_AUTO),
		WORD("[prompt]\nqr = always", prompt.qr, QR_ALWAYS),
		WORD("[prompt]\nqr = never", prompt.qr, QR_NEVER),
		WORD("[session]\non_revoked = drop", session.on_revoked, REVOKED_DROP),
		WORD("[session]\nkeep = yes\non_revoked = terminate", session.on_revoked,
			REVOKED_TERMINATE),
		WORD(KEPT "bind = login", session.bind, BIND_LOGIN),
		WORD(KEPT "reuse = 1h\nbind = ssh-key", session.bind, BIND_SSH_KEY),
		WORD(KEPT "verify = always", session.verify, VERIFY_ALWAYS),
		WORD(KEPT "verify = cached", session.verify, VERIFY_CACHED),
		WORD(KEPT "account = session", session.account, ACCOUNT_SESSION),
		WORD(KEPT "account = any", session.account, ACCOUNT_ANY),
		WORD(KEPT "close_session = keep", session.close_session, CLOSE_KEEP),
		WORD(KEPT "close_session = revoke", session.close_session, CLOSE_REVOKE),
		WORD(KEPT "store = file", session.store, STORE_FILE),
		WORD(KEPT "store_url = redis://localhost\nstore_key_file = /k\nstore = redis",
			session.store, STORE_REDIS),
		WORD("[network]\ntls_min = 1.2", network.tls_min, TLS_1_2),
		WORD("[network]\ntls_min = 1.3", network.tls_min, TLS_1_3),
#undef WORD
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CONFIG_AUTO(config);

		config = parsed(rows[i].text, "sshd");
		unsigned int value = *(
			const unsigned int *)((const char *)&config + rows[i].offset);
		if (value != rows[i].value)
			fail_msg("row %zu is %u", i, value);
	}
}

static void a_directory_beside_a_file_is_kept(void **state)
{
	CONFIG_AUTO(config);

	(void)state;
	config = parsed(BASE "[network]\nca_file = /a.pem\nca_dir = /certs\n", "sshd");
	assert_string_equal(config.network.ca_file, "/a.pem");
	assert_string_equal(config.network.ca_dir, "/certs");
}

static void a_slip_in_another_service_shows(void **state)
{
	(void)state;
	expect_error(BASE "[service su]\nrequire = password\n",
		strlen(BASE "[service su]\nrequire = password\n"),
		"conf:5: require must be one of none, publickey");
}

/* Every prefix of a file is read or refused, and nothing is lost or read past its end. */
static void every_prefix_is_safe(void **state)
{
	static const char text[] = BASE
		"[user]\nmatch = (a)\ntemplate = {1}\nroles = a:b\n \"c d:e\"\n"
		"[service sshd]\nacr = x y\n  z\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		CONFIG_AUTO(config);
		struct config_error error;
		char *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, text, len);
		char *exact = realloc(copy, len ? len : 1);
		int r = config_parse(exact, len, "conf", "sshd", &config, &error);
		assert_true(r == 0 || (r == -EINVAL && error.text[0]));
		free(exact);
	}
}

/* The host's locale and inih's switches, which other modules of the host may have turned. */

static void the_host_keeps_its_locale(void **state)
{
	locale_t host = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);

	(void)state;
	assert_non_null(host);
	locale_t before = uselocale(host);
	CONFIG_AUTO(config);
	config = parsed(BASE "[user]\nmatch = (a)\ntemplate = {1}\n", "sshd");
	assert_ptr_equal(uselocale((locale_t)0), host);
	expect_error("[bad]\n", 6, "conf:1: there is no section [bad]");
	assert_ptr_equal(uselocale((locale_t)0), host);
	uselocale(before);
	freelocale(host);
}

static void inih_without_continuations_is_noticed(void **state)
{
	static const char text[] = BASE "[access]\nallow_users = alice\n  deny_users = bob\n";

	(void)state;
	ini_allow_multiline = false;
	expect_error(text, strlen(text), "conf:6: a key must begin in the first column");
	ini_allow_multiline = true;
}

static void inih_with_bare_names_is_noticed(void **state)
{
	static const char text[] = BASE "client_key_id\n";

	(void)state;
	ini_allow_no_value = true;
	expect_error(text, strlen(text), "conf:4: this is no");
	ini_allow_no_value = false;
}

/* The table of keys, and the file that documents it. */

static void the_table_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *key = &config_keys[i];

		if (!key->name)
			fail_msg("there are fewer than %d keys", CONFIG_KEYS);
		if (config_key_find(key->name) != key)
			fail_msg("%s stands twice", key->name);
		if (key->strict != STRICT_NONE && !key->service)
			fail_msg("%s is for all, and strict", key->name);
		if (key->type == CONFIG_WORD && !key->words)
			fail_msg("%s has no words", key->name);
	}
}

static void read_shipped(struct buf *text)
{
	char bytes[4096];
	size_t n = 0;
	FILE *file = fopen("conf/pam_sso.conf", "r");

	if (!file)
		fail_msg("conf/pam_sso.conf: %s", strerror(errno));
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		buf_add(text, bytes, n);
	fclose(file);
	assert_int_equal(buf_error(text), 0);
}

/* The line `PREFIX NAME = ` in the section, or NULL. */
static const char *find_line(const char *text, const char *prefix, const struct config_key *key)
{
	char section[64];
	char line[64];

	snprintf(section, sizeof(section), "\n[%s]\n", key->section);
	snprintf(line, sizeof(line), "\n%s%s = ", prefix, key->name);
	const char *begin = strstr(text, section);
	const char *found = begin ? strstr(begin, line) : NULL;
	const char *next = begin ? strstr(begin + 1, "\n[") : NULL;
	return found && next && found > next ? NULL : found ? found + 1 : NULL;
}

static void the_shipped_file_is_right(void **state)
{
	BUF_AUTO(text, CONFIG_MAX);
	CONFIG_AUTO(config);
	CONFIG_AUTO(plain);

	(void)state;
	read_shipped(&text);
	config = parsed(buf_str(&text), "sshd");
	plain = parsed(BASE, "sshd");
	assert_string_equal(config.user.claims.items[0], plain.user.claims.items[0]);
	assert_false(config.own_section);
}

static void the_shipped_file_has_every_key_and_default(void **state)
{
	BUF_AUTO(text, CONFIG_MAX);

	(void)state;
	read_shipped(&text);
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *key = &config_keys[i];
		const char *line = find_line(buf_str(&text), key->required ? "" : "#", key);

		if (!line)
			fail_msg("[%s] %s is not documented", key->section, key->name);
		/* Where programs are, the build says. */
		if (!key->fallback || strcmp(key->fallback, PAM_SSO_WORKER) == 0 ||
			strcmp(key->fallback, PAM_SSO_STORE) == 0)
			continue;
		const char *value = strstr(line, " = ") + 3;
		size_t len = strlen(key->fallback);
		if (strncmp(value, key->fallback, len) != 0 || value[len] != '\n')
			fail_msg("%s: the default is %s", key->name, key->fallback);
	}
}

/* With any one comment taken away from a key, the file is right, or says what goes with it. */
static void every_documented_value_is_read(void **state)
{
	BUF_AUTO(text, CONFIG_MAX);

	(void)state;
	read_shipped(&text);
	const char *example = strstr(text.data, "\n#[service ");
	assert_non_null(example);
	for (char *at = text.data; (at = strstr(at, "\n#")) && at < example; at++) {
		CONFIG_AUTO(config);
		struct config_error error;

		if (at[2] < 'a' || at[2] > 'z')
			continue;
		at[1] = '\n';
		int r = config_parse(text.data, text.len, "conf", "sshd", &config, &error);
		if (r < 0 && !strstr(error.text, " needs ") && !strstr(error.text, "means nothing"))
			fail_msg("%s", error.text);
		at[1] = '#';
	}
}

static void the_documented_service_is_read(void **state)
{
	BUF_AUTO(text, CONFIG_MAX);
	CONFIG_AUTO(config);

	(void)state;
	read_shipped(&text);
	for (char *at = strstr(text.data, "\n#[service "); at; at = strstr(at, "\n#"))
		memmove(at + 1, at + 2, strlen(at + 2) + 1);
	config = parsed(text.data, "sudo");
	assert_true(config.own_section);
	assert_int_equal(config.token.max_age, 15 * 60);
}

static void a_file_is_loaded(void **state)
{
	CONFIG_AUTO(config);
	struct config_error error;
	char path[] = "/tmp/test_config.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, BASE, strlen(BASE)), strlen(BASE));
	close(fd);
	assert_int_equal(config_load(path, "sshd", &config, &error), 0);
	assert_string_equal(config.provider.client_id, "host");
	unlink(path);
	assert_int_equal(config_load(path, "sshd", &config, &error), -ENOENT);
	assert_memory_equal(error.text, path, strlen(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(a_line_is_read_whole_or_refused),
		cmocka_unit_test(the_rest_of_a_long_line_is_no_line),
		cmocka_unit_test(a_comment_has_any_length),
		cmocka_unit_test(defaults_are_as_documented),
		cmocka_unit_test(sessions_are_configured),
		cmocka_unit_test(what_goes_together_is_read),
		cmocka_unit_test(a_full_file_is_read),
		cmocka_unit_test(every_word_is_its_value),
		cmocka_unit_test(a_directory_beside_a_file_is_kept),
		cmocka_unit_test(a_slip_in_another_service_shows),
		cmocka_unit_test(every_prefix_is_safe),
		cmocka_unit_test(the_host_keeps_its_locale),
		cmocka_unit_test(inih_without_continuations_is_noticed),
		cmocka_unit_test(inih_with_bare_names_is_noticed),
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(the_shipped_file_is_right),
		cmocka_unit_test(the_shipped_file_has_every_key_and_default),
		cmocka_unit_test(every_documented_value_is_read),
		cmocka_unit_test(the_documented_service_is_read),
		cmocka_unit_test(a_file_is_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
