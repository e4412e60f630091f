/*
 * check: sshd: its settings, by `sshd -T` where that tells them, else by sshd_config; and its version.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "count.h"
#include "sshd_found.h"

#define SSHD_CONFIG "/etc/ssh/sshd_config"
/* Read before Debian's own `KbdInteractiveAuthentication no`: the first counts. */
#define FIRST_FILE "/etc/ssh/sshd_config.d/pam_sso.conf"

enum { STARTUPS_FEW = 10 }; /* sshd's default: from then on it drops some */

static const struct check_kind kind_ok = {"sshd", CHECK_OK, NULL, NULL};
static const struct check_kind kind_unknown = {"sshd-unknown", CHECK_WARNING,
	"What sshd would do with a sign-in is not known.",
	"Run `ssoctl check` as root; see that sshd is installed, and what `sshd -T` says."};
static const struct check_kind kind_complaint = {"sshd-test", CHECK_WARNING,
	"sshd does not tell what its settings come to, so its files were read instead. If what it "
	"says is about a line of them, it will not start again.",
	"Run `sshd -t` as root, and mend what it names."};
static const struct check_kind kind_pam = {"sshd-use-pam", CHECK_ERROR,
	"Without it sshd never asks PAM.",
	"Write `UsePAM yes` in " FIRST_FILE ", then `systemctl reload ssh`."};
static const struct check_kind kind_keyboard = {"sshd-keyboard-interactive", CHECK_ERROR,
	"The prompt with the link comes by keyboard-interactive and no other way.",
	"Write `KbdInteractiveAuthentication yes` in " FIRST_FILE
	", which is read before the line that says no, for the first counts; then `systemctl "
	"reload ssh`."};
static const struct check_kind kind_password = {"sshd-password", CHECK_WARNING,
	"A client that sends a password answers the prompt with it, so nobody sees the link.",
	"Write `PasswordAuthentication no` in " FIRST_FILE
	": where the stack wants a password, keyboard-interactive asks for it."};
static const struct check_kind kind_grace = {"sshd-grace", CHECK_WARNING,
	"sshd closes the connection, without a word, before the sign-in has given up.",
	"Raise LoginGraceTime above `deadline` in pam_sso.conf, or lower that."};
static const struct check_kind kind_startups = {"sshd-startups", CHECK_WARNING,
	"Sign-ins that wait for a person count, and from that number on sshd drops some of the new "
	"connections.",
	"Where many people log in at once, write `MaxStartups 100:30:200`, for one, in " SSHD_CONFIG
	", and nowhere else: of this setting the last counts."};
static const struct check_kind kind_publickey = {"sshd-publickey", CHECK_ERROR,
	"The configuration wants a public key first (require = publickey), and sshd asks for "
	"keyboard-interactive without one: everybody is refused.",
	"Write `AuthenticationMethods publickey,keyboard-interactive` in " FIRST_FILE "."};
static const struct check_kind kind_methods = {"sshd-methods", CHECK_WARNING,
	"No login by ssh is asked to sign in: none of these lists has keyboard-interactive.",
	"Write `AuthenticationMethods publickey,keyboard-interactive`, or leave it out."};
static const struct check_kind kind_match = {"sshd-match", CHECK_WARNING,
	"What stands below a Match goes for some users or addresses, and may say otherwise than "
	"the rest.",
	"`ssoctl check --service sshd --user NAME` looks at what goes for NAME; for an address, "
	"see `sshd -T -C user=NAME,host=HOST,addr=ADDRESS`."};
static const struct check_kind kind_version = {"sshd-version", CHECK_OK, NULL, NULL};
static const struct check_kind kind_show = {"sshd-show", CHECK_ERROR,
	"Before OpenSSH 10.3 a text is held back until a prompt comes: nobody sees the link.",
	"Take `show = text` out of [prompt], or give [service sshd] `show = prompt`."};

/* What follows from the version, for who reads on. */
static void check_version(
	struct check *check, const struct sshd_found *found, const struct config *config)
{
	struct sshd_version version = found->version;
	bool holds_text = sshd_version_is_before(version, 10, 3);
	bool shows_text = config && config->prompt.show == SHOW_TEXT;

	if (version.major == 0)
		return;
	if (holds_text && shows_text)
		check_find(&check->findings, &kind_show, "OpenSSH %d.%d, and show = text",
			version.major, version.minor);
	check_find(&check->findings, &kind_version, "OpenSSH %d.%d %s%s", version.major,
		version.minor,
		holds_text ? "shows the link with a prompt: who has signed in presses Enter"
			   : "shows the link at once: who has signed in is let in without a key "
			     "press",
		sshd_version_is_before(version, 9, 8)
			? ""
			: "; it turns an address away for a while where several sign-ins failed "
			  "(PerSourcePenalties)");
}

static void check_methods(
	struct check *check, const struct sshd_found *found, const struct config *config)
{
	const char *methods = found->settings.methods;
	bool key_first = config && config->access.require == REQUIRE_PUBLICKEY;

	if (!sshd_settings_has_method(methods, NULL, "keyboard-interactive"))
		check_find(&check->findings, &kind_methods, "%s: AuthenticationMethods %s",
			found->from, methods);
	else if (key_first &&
		 !sshd_settings_has_method(methods, "publickey", "keyboard-interactive"))
		check_find(&check->findings, &kind_publickey, "%s: AuthenticationMethods %s",
			found->from, methods);
}

static void check_times(
	struct check *check, const struct sshd_found *found, const struct config *config)
{
	int64_t grace = found->settings.grace, deadline = config ? config->prompt.deadline : 0;

	if (config && grace && grace <= deadline)
		check_find(&check->findings, &kind_grace,
			"%s: LoginGraceTime is %" PRId64 " seconds, and deadline %" PRId64,
			found->from, grace, deadline);
	if (found->settings.startups <= STARTUPS_FEW)
		check_find(&check->findings, &kind_startups,
			"%s: MaxStartups begins to drop at %" PRId64, found->from,
			found->settings.startups);
}

static void check_flags(struct check *check, const struct sshd_found *found)
{
	const struct sshd_settings *settings = &found->settings;
	const struct {
		bool bad;
		const struct check_kind *kind;
		const char *what;
	} rows[] = {
		{!settings->use_pam, &kind_pam, "UsePAM is no"},
		{!settings->keyboard_interactive, &kind_keyboard,
			"KbdInteractiveAuthentication is no"},
		{settings->password, &kind_password, "PasswordAuthentication is yes"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].bad)
			check_find(&check->findings, rows[i].kind, "%s: %s", found->from,
				rows[i].what);
}

/* Whether users and groups are not all that it asks for. */
static bool is_about_addresses(const char *match)
{
	const char *criteria = strstr(match, ": Match ");

	return criteria &&
	       (strcasestr(criteria, "address") || strcasestr(criteria, "host") ||
		       strcasestr(criteria, "localport") || strcasestr(criteria, "rdomain"));
}

static void check_matches(struct check *check, const struct sshd_found *found)
{
	const char *user = strcmp(found->from, SSHD_CONFIG) != 0 ? check->invocation->user : NULL;

	for (size_t i = 0; i < found->matches.n; i++) {
		const char *match = found->matches.items[i];

		if (!user)
			check_find(&check->findings, &kind_match, "%s: was not looked at", match);
		else if (is_about_addresses(match))
			check_find(&check->findings, &kind_match,
				"%s: was looked at for %s from %s alone", match, user,
				SSHD_FOUND_ADDRESS);
	}
}

static void check_found(
	struct check *check, const struct sshd_found *found, const struct config *config)
{
	size_t before = check->findings.n;

	if (*found->complaint)
		check_find(&check->findings, &kind_complaint, "sshd -T: %s", found->complaint);
	check_flags(check, found);
	check_times(check, found, config);
	check_methods(check, found, config);
	check_matches(check, found);
	if (check->findings.n == before)
		check_find(&check->findings, &kind_ok, "%s: lets a sign-in happen", found->from);
	check_version(check, found, config);
}

void check_sshd(struct check *check)
{
	struct sshd_found found;
	CONFIG_AUTO(config);

	if (!strlist_has(&check->services, "sshd"))
		return;
	bool configured = check_config_of(check, "sshd", &config);
	if (sshd_found_read(check->root, check->invocation->user, &found) < 0)
		check->findings.error = -ENOMEM;
	if (found.from)
		check_found(check, &found, configured ? &config : NULL);
	else
		check_find(&check->findings, &kind_unknown, "%s cannot be read", SSHD_CONFIG);
	sshd_found_free(&found);
}
