/*
 * Who may come in as whom: a configuration, a person as the IdP tells, a local user, and the
 * verdict. Each row begins with what it shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account.h"
#include "buf.h"

#define BASE "[provider]\nissuer = https://idp.example.com\nclient_id = host\n"

/* Configurations. */
#define PLAIN  ""
#define EMAIL  "[user]\nclaims = email\nmatch = ([^@]+)@example\\.com\ntemplate = {1}\n"
#define LAX    "[user]\nclaims = email\nmatch = (.*)@example\\.com\ntemplate = {1}\n"
#define BARE   "[user]\nclaims = email\n"
#define FOLD   "[user]\ncasefold = ascii\n"
#define ROLES  "[user]\nroles = ops:deploy /web:www a:b:www\n"
#define LOW    "[user]\nsystem_users = root daemon nobody\n"
#define MAP    "[user]\nmap_file = /map\n"
#define MAPLAX "[user]\nmap_file = /map\nmap_only = no\n"

static const char map_text[] = "sub:s-1 alice deploy\n"
			       "bob bob2\n"
			       "s-2 carol\n"
			       "carol@example.com carol\n";

struct row {
	const char *what;
	const char *config;
	const char *claims; /* separated by `|` */
	const char *groups; /* separated by `|`; NULL: not known */
	const char *user;
	enum reason reason;
	const char *rule;
	const char *mapped;
	const char *sub;   /* NULL: "s" */
	bool unverified;   /* the address */
	bool unknown;      /* the user is not in the database */
	const char *shell; /* NULL: /bin/bash */
	uid_t uid;         /* with has_uid; else 1000 */
	bool has_uid;
};

#define UID(N)  .uid = (uid_t)(N), .has_uid = true
#define NAME(N) "preferred_username=" N
#define ROW(WHAT, CONFIG, CLAIMS, GROUPS, USER, REASON, RULE, MAPPED, ...)                         \
	{.what = WHAT,                                                                             \
		.config = CONFIG,                                                                  \
		.claims = CLAIMS,                                                                  \
		.groups = GROUPS,                                                                  \
		.user = USER,                                                                      \
		.reason = REASON,                                                                  \
		.rule = RULE,                                                                      \
		.mapped = MAPPED,                                                                  \
		__VA_ARGS__}

static const struct row rows[] = {
	/* rules 1 to 3: the local user */
	ROW("herself", PLAIN, NAME("alice"), NULL, "alice", REASON_OK, "claim:preferred_username",
		"alice"),
	ROW("not in the database", PLAIN, NAME("alice"), NULL, "alice", REASON_USER_UNKNOWN,
		"user_database", "", .unknown = true),
	ROW("a name with a slash", PLAIN, NAME("a/b"), NULL, "a/b", REASON_USER_NAME, "username",
		""),
	ROW("a path", PLAIN, NAME("../root"), NULL, "../root", REASON_USER_NAME, "username", ""),
	ROW("a number", PLAIN, NAME("0"), NULL, "0", REASON_USER_NAME, "username", ""),
	ROW("an option", PLAIN, NAME("-f"), NULL, "-f", REASON_USER_NAME, "username", ""),
	ROW("no name", PLAIN, NAME("alice"), NULL, "", REASON_USER_NAME, "username", ""),
	ROW("NULL for a name", PLAIN, NAME("alice"), NULL, NULL, REASON_USER_NAME, "username", ""),
	ROW("root", PLAIN, NAME("root"), NULL, "root", REASON_USER_SYSTEM, "min_uid", "", UID(0)),
	ROW("root by another name", PLAIN, NAME("toor"), NULL, "toor", REASON_USER_SYSTEM,
		"min_uid", "", UID(0)),
	ROW("root with min_uid 0", "[user]\nmin_uid = 0\n", NAME("root"), NULL, "root",
		REASON_USER_SYSTEM, "min_uid", "", UID(0)),
	ROW("daemon", PLAIN, NAME("daemon"), NULL, "daemon", REASON_USER_SYSTEM, "min_uid", "",
		UID(1)),
	ROW("below min_uid", PLAIN, NAME("a"), NULL, "a", REASON_USER_SYSTEM, "min_uid", "",
		UID(999)),
	ROW("at min_uid", PLAIN, NAME("a"), NULL, "a", REASON_OK, "claim:preferred_username", "a",
		UID(1000)),
	ROW("a higher min_uid", "[user]\nmin_uid = 2000\n", NAME("a"), NULL, "a",
		REASON_USER_SYSTEM, "min_uid", "", UID(1999)),
	ROW("nobody", PLAIN, NAME("nobody"), NULL, "nobody", REASON_USER_SYSTEM, "min_uid", "",
		UID(65534)),
	ROW("16-bit -1", PLAIN, NAME("a"), NULL, "a", REASON_USER_SYSTEM, "min_uid", "",
		UID(65535)),
	ROW("-2", PLAIN, NAME("a"), NULL, "a", REASON_USER_SYSTEM, "min_uid", "", UID(-2)),
	ROW("-1", PLAIN, NAME("a"), NULL, "a", REASON_USER_SYSTEM, "min_uid", "", UID(-1)),
	ROW("above them", PLAIN, NAME("a"), NULL, "a", REASON_OK, "claim:preferred_username", "a",
		UID(65536)),
	ROW("named root", LOW, NAME("root"), NULL, "root", REASON_OK, "claim:preferred_username",
		"root", UID(0)),
	ROW("named nobody", LOW, NAME("nobody"), NULL, "nobody", REASON_OK,
		"claim:preferred_username", "nobody", UID(65534)),
	ROW("named another", LOW, NAME("bin"), NULL, "bin", REASON_USER_SYSTEM, "min_uid", "",
		UID(2)),
	ROW("nologin", PLAIN, NAME("alice"), NULL, "alice", REASON_USER_SHELL, "shell", "",
		.shell = "/usr/sbin/nologin"),
	ROW("/sbin/nologin", PLAIN, NAME("alice"), NULL, "alice", REASON_USER_SHELL, "shell", "",
		.shell = "/sbin/nologin"),
	ROW("/bin/false", PLAIN, NAME("alice"), NULL, "alice", REASON_USER_SHELL, "shell", "",
		.shell = "/bin/false"),
	ROW("nologin, and named", LOW, NAME("daemon"), NULL, "daemon", REASON_USER_SHELL, "shell",
		"", .shell = "/usr/sbin/nologin", UID(1)),
	ROW("the default shell", PLAIN, NAME("alice"), NULL, "alice", REASON_OK,
		"claim:preferred_username", "alice", .shell = ""),
	ROW("a shell of a like name", PLAIN, NAME("alice"), NULL, "alice", REASON_OK,
		"claim:preferred_username", "alice", .shell = "/usr/bin/nologin-sh"),
	ROW("denied", "[access]\ndeny_users = bob alice\n", NAME("alice"), NULL, "alice",
		REASON_USER_DENIED, "deny_users", ""),
	ROW("denied and allowed", "[access]\nallow_users = alice\ndeny_users = alice\n",
		NAME("alice"), NULL, "alice", REASON_USER_DENIED, "deny_users", ""),
	ROW("another is denied", "[access]\ndeny_users = bob\n", NAME("alice"), NULL, "alice",
		REASON_OK, "claim:preferred_username", "alice"),
	ROW("allowed", "[access]\nallow_users = alice\n", NAME("alice"), NULL, "alice", REASON_OK,
		"claim:preferred_username", "alice"),
	ROW("not among the allowed", "[access]\nallow_users = bob\n", NAME("alice"), NULL, "alice",
		REASON_USER_DENIED, "allow_users", ""),
	ROW("allow lists without anybody in common",
		"[service a]\nallow_users = alice\n[service b]\nallow_users = bob\n", NAME("alice"),
		NULL, "alice", REASON_USER_DENIED, "allow_none", ""),

	/* rules 4 and 5: who signed in */
	ROW("bob asks for alice", PLAIN, NAME("bob"), NULL, "alice", REASON_USER_MISMATCH,
		"claim:preferred_username", "bob"),
	ROW("another local part", EMAIL, "email=bob@example.com", NULL, "alice",
		REASON_USER_MISMATCH, "claim:email", "bob"),
	ROW("another domain", EMAIL, "email=alice@example.org", NULL, "alice", REASON_NO_MAPPING,
		"match", "alice@example.org"),
	ROW("the right address", EMAIL, "email=alice@example.com", NULL, "alice", REASON_OK,
		"claim:email", "alice"),
	ROW("a@evil.com@example.com", EMAIL, "email=a@evil.com@example.com", NULL, "a",
		REASON_NO_MAPPING, "match", "a@evil.com@example.com"),
	ROW("a@evil.com@example.com by a lax pattern", LAX, "email=a@evil.com@example.com", NULL,
		"a", REASON_NO_MAPPING, "claim:email", "a@evil.com"),
	ROW("no @", EMAIL, "email=alice", NULL, "alice", REASON_NO_MAPPING, "match", "alice"),
	ROW("a trailing dot", EMAIL, "email=alice@example.com.", NULL, "alice", REASON_NO_MAPPING,
		"match", "alice@example.com."),
	ROW("@EXAMPLE.com", EMAIL, "email=alice@EXAMPLE.com", NULL, "alice", REASON_NO_MAPPING,
		"match", "alice@EXAMPLE.com"),
	ROW("@EXAMPLE.com, folded", EMAIL "casefold = ascii\n", "email=Alice@EXAMPLE.com", NULL,
		"alice", REASON_OK, "claim:email", "alice"),
	ROW("@example.com.evil", EMAIL, "email=alice@example.com.evil", NULL, "alice",
		REASON_NO_MAPPING, "match", "alice@example.com.evil"),
	ROW("a sub-domain", EMAIL, "email=alice@sub.example.com", NULL, "alice", REASON_NO_MAPPING,
		"match", "alice@sub.example.com"),
	ROW("a longer domain", EMAIL, "email=alice@myexample.com", NULL, "alice", REASON_NO_MAPPING,
		"match", "alice@myexample.com"),
	ROW("spaces before", EMAIL, "email= alice@example.com", NULL, "alice", REASON_NO_MAPPING,
		"claim:email", " alice"),
	ROW("spaces behind", EMAIL, "email=alice@example.com ", NULL, "alice", REASON_NO_MAPPING,
		"match", "alice@example.com "),
	ROW("spaces around a name", PLAIN, NAME(" alice "), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", " alice "),
	ROW("an address as it is", BARE, "email=alice@example.com", NULL, "alice",
		REASON_NO_MAPPING, "claim:email", "alice@example.com"),
	ROW("an address that is not verified", EMAIL, "email=alice@example.com", NULL, "alice",
		REASON_EMAIL_UNVERIFIED, "claim:email", "alice@example.com", .unverified = true),
	ROW("another claim needs no verified address", PLAIN, NAME("alice"), NULL, "alice",
		REASON_OK, "claim:preferred_username", "alice", .unverified = true),
	ROW("an unverified address is not passed over",
		"[user]\nclaims = email preferred_username\n", "email=alice|" NAME("alice"), NULL,
		"alice", REASON_EMAIL_UNVERIFIED, "claim:email", "alice", .unverified = true),
	ROW("the first claim decides", "[user]\nclaims = upn preferred_username\n",
		NAME("alice") "|upn=bob", NULL, "alice", REASON_USER_MISMATCH, "claim:upn", "bob"),
	ROW("the second where the first is not there", "[user]\nclaims = upn preferred_username\n",
		NAME("alice"), NULL, "alice", REASON_OK, "claim:preferred_username", "alice"),
	ROW("a nested claim", "[user]\nclaims = local.name\n", "local.name=alice", NULL, "alice",
		REASON_OK, "claim:local.name", "alice"),
	ROW("a claim of a like name", PLAIN, "preferred_username_x=alice|preferred=alice", NULL,
		"alice", REASON_CLAIM_MISSING, "claims", ""),
	ROW("a claim in other letters", PLAIN, "Preferred_Username=alice", NULL, "alice",
		REASON_CLAIM_MISSING, "claims", ""),
	ROW("no claim", PLAIN, "", NULL, "alice", REASON_CLAIM_MISSING, "claims", ""),
	ROW("an empty claim", PLAIN, NAME(""), NULL, "alice", REASON_CLAIM_VALUE,
		"claim:preferred_username", ""),

	/* letters */
	ROW("another case", PLAIN, NAME("Alice"), NULL, "alice", REASON_USER_MISMATCH,
		"claim:preferred_username", "Alice"),
	ROW("another case, folded", FOLD, NAME("ALICE"), NULL, "alice", REASON_OK,
		"claim:preferred_username", "alice"),
	ROW("the local user's case is kept", FOLD, NAME("Alice"), NULL, "Alice",
		REASON_USER_MISMATCH, "claim:preferred_username", "alice"),
	ROW("folding is ASCII: K", FOLD,
		NAME("\xe2\x84\xaa"
		     "ate"),
		NULL, "kate", REASON_NO_MAPPING, "claim:preferred_username",
		"\xe2\x84\xaa"
		"ate"),
	ROW("folding is ASCII: dotted I", FOLD, NAME("\xc4\xb0gor"), NULL, "igor",
		REASON_NO_MAPPING, "claim:preferred_username", "\xc4\xb0gor"),
	ROW("Cyrillic a", PLAIN, NAME("\xd0\xb0lice"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "\xd0\xb0lice"),
	ROW("Cyrillic a against a pattern", EMAIL, "email=\xd0\xb0lice@example.com", NULL, "alice",
		REASON_CLAIM_VALUE, "match", "\xd0\xb0lice@example.com"),
	ROW("Kelvin sign", PLAIN,
		NAME("\xe2\x84\xaa"
		     "ate"),
		NULL, "Kate", REASON_NO_MAPPING, "claim:preferred_username",
		"\xe2\x84\xaa"
		"ate"),
	ROW("dotless i", PLAIN,
		NAME("al\xc4\xb1"
		     "ce"),
		NULL, "alice", REASON_NO_MAPPING, "claim:preferred_username",
		"al\xc4\xb1"
		"ce"),
	ROW("ligature fi", PLAIN, NAME("\xef\xac\x81n"), NULL, "fin", REASON_NO_MAPPING,
		"claim:preferred_username", "\xef\xac\x81n"),
	ROW("fullwidth letters", PLAIN, NAME("\xef\xbd\x81lice"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "\xef\xbd\x81lice"),
	ROW("NFD", PLAIN, NAME("rene\xcc\x81"), NULL, "rene", REASON_NO_MAPPING,
		"claim:preferred_username", "rene\xcc\x81"),
	ROW("zero width space", PLAIN, NAME("al\xe2\x80\x8bice"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "al\xe2\x80\x8bice"),
	ROW("zero width behind", PLAIN, NAME("alice\xe2\x80\x8b"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "alice\xe2\x80\x8b"),

	/* names that are none */
	ROW("a slash", PLAIN, NAME("alice/root"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "alice/root"),
	ROW("dots", PLAIN, NAME("../alice"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "../alice"),
	ROW("a newline", PLAIN, NAME("alice\nroot"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "alice\nroot"),
	ROW("a newline behind", PLAIN, NAME("alice\n"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "alice\n"),
	ROW("a newline against a pattern", EMAIL, "email=alice@example.com\n", NULL, "alice",
		REASON_CLAIM_VALUE, "match", "alice@example.com\n"),
	ROW("a colon", PLAIN, NAME("alice:0"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "alice:0"),
	ROW("an option's dash", PLAIN, NAME("-alice"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "-alice"),
	ROW("only digits", PLAIN, NAME("1000"), NULL, "alice", REASON_NO_MAPPING,
		"claim:preferred_username", "1000"),
	ROW("33 letters", PLAIN, NAME("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), NULL, "alice",
		REASON_NO_MAPPING, "claim:preferred_username", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	ROW("a part of the name", PLAIN, NAME("alic"), NULL, "alice", REASON_USER_MISMATCH,
		"claim:preferred_username", "alic"),
	ROW("more than the name", PLAIN, NAME("alicex"), NULL, "alice", REASON_USER_MISMATCH,
		"claim:preferred_username", "alicex"),

	/* the map file */
	ROW("by subject", MAP, "", NULL, "alice", REASON_OK, "map:sub:s-1", "alice deploy",
		.sub = "s-1"),
	ROW("the second user of a subject", MAP, "", NULL, "deploy", REASON_OK, "map:sub:s-1",
		"alice deploy", .sub = "s-1"),
	ROW("the subject goes before the name", MAP, NAME("bob"), NULL, "bob2",
		REASON_USER_MISMATCH, "map:sub:s-1", "alice deploy", .sub = "s-1"),
	ROW("by name", MAP, NAME("bob"), NULL, "bob2", REASON_OK, "map:bob", "bob2"),
	ROW("the entry goes before the name itself", MAPLAX, NAME("bob"), NULL, "bob",
		REASON_USER_MISMATCH, "map:bob", "bob2"),
	ROW("not in the map", MAP, NAME("alice"), NULL, "alice", REASON_NO_MAPPING, "map_only",
		"alice"),
	ROW("not in the map, which is not all", MAPLAX, NAME("alice"), NULL, "alice", REASON_OK,
		"claim:preferred_username", "alice"),
	ROW("a name that reads like a subject", MAP, NAME("s-1"), NULL, "alice", REASON_NO_MAPPING,
		"map_only", "s-1"),
	ROW("a name that reads like a subject's key", MAP, NAME("sub:s-1"), NULL, "alice",
		REASON_NO_MAPPING, "map_only", "sub:s-1"),
	ROW("a subject that reads like a name", MAP, "", NULL, "carol", REASON_CLAIM_MISSING,
		"claims", "", .sub = "s-2"),
	ROW("an address in the map", "[user]\nclaims = email\nmap_file = /map\n",
		"email=carol@example.com", NULL, "carol", REASON_OK, "map:carol@example.com",
		"carol"),
	ROW("an address in the map, not verified", "[user]\nclaims = email\nmap_file = /map\n",
		"email=carol@example.com", NULL, "carol", REASON_EMAIL_UNVERIFIED, "claim:email",
		"carol@example.com", .unverified = true),
	ROW("an address in the map, in other letters", "[user]\nclaims = email\nmap_file = /map\n",
		"email=Carol@example.com", NULL, "carol", REASON_NO_MAPPING, "map_only",
		"Carol@example.com"),
	ROW("the map lifts no rule of the user", MAP, "", NULL, "alice", REASON_USER_SYSTEM,
		"min_uid", "", .sub = "s-1", UID(0)),

	/* roles */
	ROW("a role", ROLES, NAME("bob"), "ops", "deploy", REASON_OK, "role:ops", "bob"),
	ROW("one's own name beside roles", ROLES, NAME("bob"), "ops", "bob", REASON_OK,
		"claim:preferred_username", "bob"),
	ROW("a role for somebody without an own name", ROLES, NAME("b@example.com"), "x|ops",
		"deploy", REASON_OK, "role:ops", "b@example.com"),
	ROW("a group with a slash", ROLES, NAME("bob"), "/web", "www", REASON_OK, "role:/web",
		"bob"),
	ROW("a group with a colon", ROLES, NAME("bob"), "a:b", "www", REASON_OK, "role:a:b", "bob"),
	ROW("half of a group with a colon", ROLES, NAME("bob"), "a", "www", REASON_USER_MISMATCH,
		"claim:preferred_username", "bob"),
	ROW("a group without its slash", ROLES, NAME("bob"), "web", "www", REASON_USER_MISMATCH,
		"claim:preferred_username", "bob"),
	ROW("a longer group", ROLES, NAME("bob"), "opsx|op|OPS|ops ", "deploy",
		REASON_USER_MISMATCH, "claim:preferred_username", "bob"),
	ROW("the role itself as a group", ROLES, NAME("bob"), "ops:deploy", "deploy",
		REASON_USER_MISMATCH, "claim:preferred_username", "bob"),
	ROW("another role's user", ROLES, NAME("bob"), "ops", "www", REASON_USER_MISMATCH,
		"claim:preferred_username", "bob"),
	ROW("a role's user, groups not known", ROLES, NAME("bob"), NULL, "deploy",
		REASON_USER_MISMATCH, "claim:preferred_username", "bob"),
	ROW("a role's user, groups not known, nor a name of one's own", ROLES,
		NAME("b@example.com"), NULL, "deploy", REASON_NO_MAPPING,
		"claim:preferred_username", "b@example.com"),
	ROW("one's own name, groups not known where roles are set", ROLES, NAME("bob"), NULL, "bob",
		REASON_OK, "claim:preferred_username", "bob"),
	ROW("groups not known where roles are set and some are denied",
		ROLES "[access]\ndeny_groups = guests\n", NAME("bob"), NULL, "bob",
		REASON_GROUPS_UNAVAILABLE, "groups_claim", "bob"),
	ROW("a role does not replace a pattern", EMAIL "roles = ops:deploy\n",
		"email=eve@example.org", "ops", "deploy", REASON_NO_MAPPING, "match",
		"eve@example.org"),
	ROW("a role does not replace the map", MAP "roles = ops:deploy\n", NAME("eve"), "ops",
		"deploy", REASON_NO_MAPPING, "map_only", "eve"),
	ROW("a role beside the map", MAP "roles = ops:deploy\n", NAME("bob"), "ops", "deploy",
		REASON_OK, "role:ops", "bob2"),
	ROW("a role lifts no rule of the user", "[user]\nroles = ops:root\n", NAME("bob"), "ops",
		"root", REASON_USER_SYSTEM, "min_uid", "", UID(0)),
	ROW("groups [\"sudo\"] make nobody root", PLAIN, NAME("bob"), "sudo|root|wheel", "root",
		REASON_USER_SYSTEM, "min_uid", "", UID(0)),
	ROW("groups [\"sudo\"] give no user", PLAIN, NAME("bob"), "sudo|alice", "alice",
		REASON_USER_MISMATCH, "claim:preferred_username", "bob"),

	/* rule 6: groups */
	ROW("in an allowed group", "[access]\nallow_groups = /staff\n", NAME("bob"), "x|/staff",
		"bob", REASON_OK, "claim:preferred_username", "bob"),
	ROW("in none", "[access]\nallow_groups = /staff\n", NAME("bob"), "x", "bob",
		REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("without any", "[access]\nallow_groups = /staff\n", NAME("bob"), "", "bob",
		REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("without the leading slash", "[access]\nallow_groups = /staff\n", NAME("bob"), "staff",
		"bob", REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("with a leading slash too many", "[access]\nallow_groups = staff\n", NAME("bob"),
		"/staff", "bob", REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("a group below it", "[access]\nallow_groups = /staff\n", NAME("bob"), "/staff/x", "bob",
		REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("a group in other letters", "[access]\nallow_groups = staff\n", NAME("bob"),
		"Staff|STAFF", "bob", REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("folding leaves groups alone",
		"[user]\ncasefold = ascii\n[access]\nallow_groups = staff\n", NAME("bob"), "Staff",
		"bob", REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("two groups in one string", "[access]\nallow_groups = staff\n", NAME("bob"), "x staff",
		"bob", REASON_GROUP_MISSING, "allow_groups", "bob"),
	ROW("in a denied group", "[access]\ndeny_groups = guests\n", NAME("bob"), "staff|guests",
		"bob", REASON_GROUP_DENIED, "deny_groups:guests", "bob"),
	ROW("in a denied and an allowed group",
		"[access]\nallow_groups = staff\ndeny_groups = guests\n", NAME("bob"),
		"staff|guests", "bob", REASON_GROUP_DENIED, "deny_groups:guests", "bob"),
	ROW("in no denied group", "[access]\ndeny_groups = guests\n", NAME("bob"), "", "bob",
		REASON_OK, "claim:preferred_username", "bob"),
	ROW("groups not known, where some are allowed", "[access]\nallow_groups = staff\n",
		NAME("bob"), NULL, "bob", REASON_GROUPS_UNAVAILABLE, "groups_claim", "bob"),
	ROW("groups not known, where some are denied", "[access]\ndeny_groups = guests\n",
		NAME("bob"), NULL, "bob", REASON_GROUPS_UNAVAILABLE, "groups_claim", "bob"),
	ROW("a role's member in a denied group",
		"[user]\nroles = ops:deploy\n[access]\ndeny_groups = guests\n", NAME("bob"),
		"ops|guests", "deploy", REASON_GROUP_DENIED, "deny_groups:guests", "bob"),
	ROW("the wrong person is told so before groups are", "[access]\nallow_groups = staff\n",
		NAME("bob"), NULL, "alice", REASON_USER_MISMATCH, "claim:preferred_username",
		"bob"),
};

static void split(struct strlist *list, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "|");

		assert_int_equal(strlist_add_n(list, text, len), 0);
		text += len + (text[len] == '|');
	}
}

static struct config config_of(const char *text)
{
	BUF_AUTO(whole, CONFIG_MAX);
	struct config config = {0};
	struct config_error error;

	buf_printf(&whole, BASE "%s", text);
	if (config_parse(buf_str(&whole), whole.len, "conf", "sshd", &config, &error) < 0)
		fail_msg("%s", error.text);
	return config;
}

static struct local_user user_of(const struct row *row)
{
	return (struct local_user){
		.name = row->user,
		.exists = !row->unknown,
		.uid = row->has_uid ? row->uid : 1000,
		.shell = row->shell ? row->shell : "/bin/bash",
	};
}

/* What a listener heard. */
struct heard {
	struct account_steps steps;
	unsigned int n;
	enum reason last;
	bool refused_before;
};

static void hear(struct account_steps *steps, const struct account_step *step)
{
	struct heard *heard = (struct heard *)steps;

	heard->refused_before = heard->refused_before || (heard->n && heard->last != REASON_OK);
	heard->last = step->reason;
	heard->n++;
	if (!*step->rule || !*step->what)
		fail_msg("%s: a step that says nothing: %s", step->rule, step->what);
}

/* Who listens hears of the same decision: nothing is refused but by the last step. */
static void expect_steps(const struct row *row, const struct account_decision *decided,
	const struct account_decision *explained, const struct heard *heard)
{
	if (decided->reason != explained->reason || strcmp(decided->rule, explained->rule) != 0 ||
		strcmp(decided->mapped, explained->mapped) != 0)
		fail_msg("%s: explained as %s", row->what, reason_name(explained->reason));
	if (heard->n == 0 || heard->refused_before || heard->last != decided->reason)
		fail_msg("%s: %u steps, the last: %s", row->what, heard->n,
			reason_name(heard->last));
}

static void expect(const struct row *row, const struct usermap *map)
{
	struct heard heard = {.steps.hear = hear};
	struct account_decision explained;

	CONFIG_AUTO(config);
	STRLIST_AUTO(claims);
	STRLIST_AUTO(groups);
	struct account_decision got;

	config = config_of(row->config);
	split(&claims, row->claims);
	split(&groups, row->groups);
	struct identity identity = {
		.iss = "https://idp.example.com",
		.sub = row->sub ? row->sub : "s",
		.claims = &claims,
		.email_verified = !row->unverified,
		.groups_known = row->groups,
		.groups = &groups,
	};
	struct local_user user = user_of(row);
	memset(&got, 'x', sizeof(got));
	account_decide(&config, config.user.map_file ? map : NULL, &identity, &user, &got);
	if (got.reason != row->reason || strcmp(got.rule, row->rule) != 0 ||
		strcmp(got.mapped, row->mapped) != 0)
		fail_msg("%s: %s by %s, mapped %s", row->what, reason_name(got.reason), got.rule,
			got.mapped);
	account_explain(&config, config.user.map_file ? map : NULL, &identity, &user, &heard.steps,
		&explained);
	expect_steps(row, &got, &explained, &heard);
}

static void every_row_has_its_verdict(void **state)
{
	USERMAP_AUTO(map);
	struct config_error error;

	(void)state;
	assert_int_equal(usermap_parse(map_text, strlen(map_text), "map", &map, &error), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(&rows[i], &map);
}

/* What is asked before the IdP is: the same verdict, for all that needs no person. */
static void the_user_alone_is_checked_the_same(void **state)
{
	static const char *const of_user[] = {"username", "user_database", "min_uid", "shell",
		"deny_users", "allow_users", "allow_none"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CONFIG_AUTO(config);
		struct account_decision got;
		struct local_user user = user_of(&rows[i]);
		enum reason wanted = REASON_OK;

		for (size_t j = 0; j < sizeof(of_user) / sizeof(*of_user); j++)
			if (strcmp(rows[i].rule, of_user[j]) == 0)
				wanted = rows[i].reason;
		config = config_of(rows[i].config);
		account_check_user(&config, &user, &got);
		if (got.reason != wanted)
			fail_msg("%s: %s by %s", rows[i].what, reason_name(got.reason), got.rule);
		if (!got.rule[0])
			fail_msg("%s: no rule is named", rows[i].what);
	}
}

static void a_service_and_a_user_may_be_left_alone(void **state)
{
	CONFIG_AUTO(config);

	(void)state;
	config = config_of("[access]\nignore_users = rescue\nignore_services = cron at\n");
	assert_true(account_is_ours(&config, "sshd", NULL));
	assert_true(account_is_ours(&config, "sshd", "alice"));
	assert_true(account_is_ours(&config, "rescue", "cron"));
	assert_false(account_is_ours(&config, "sshd", "rescue"));
	assert_false(account_is_ours(&config, "at", NULL));
	assert_false(account_is_ours(&config, "cron", "alice"));
}

/* Callers that say less than they must. */
static void half_a_question_is_refused(void **state)
{
	CONFIG_AUTO(config);
	STRLIST_AUTO(none);
	STRLIST_AUTO(claims);
	struct account_decision got;
	struct local_user user = {.name = "alice", .exists = true, .uid = 1000, .shell = "/bin/sh"};
	struct identity whole = {.iss = "i", .sub = "s", .claims = &claims, .groups = &none};

	(void)state;
	split(&claims, NAME("alice"));
	config = config_of(PLAIN);
	account_decide(&config, NULL, &whole, &user, &got);
	assert_int_equal(got.reason, REASON_OK);

	struct identity halves[] = {whole, whole, whole, whole};
	halves[0].sub = NULL;
	halves[1].sub = "";
	halves[2].claims = NULL;
	halves[3].groups = NULL;
	for (size_t i = 0; i < sizeof(halves) / sizeof(*halves); i++) {
		account_decide(&config, NULL, &halves[i], &user, &got);
		assert_int_equal(got.reason, REASON_INTERNAL);
		assert_string_equal(got.rule, "identity");
	}
	account_decide(&config, NULL, NULL, &user, &got);
	assert_int_equal(got.reason, REASON_INTERNAL);
	user.shell = NULL;
	account_decide(&config, NULL, &whole, &user, &got);
	assert_int_equal(got.reason, REASON_USER_SHELL);
}

static void a_map_that_was_not_read_is_no_map(void **state)
{
	CONFIG_AUTO(config);
	STRLIST_AUTO(none);
	STRLIST_AUTO(claims);
	struct account_decision got;
	struct local_user user = {.name = "alice", .exists = true, .uid = 1000, .shell = "/bin/sh"};
	struct identity identity = {.iss = "i", .sub = "s", .claims = &claims, .groups = &none};

	(void)state;
	split(&claims, NAME("alice"));
	config = config_of(MAPLAX);
	account_decide(&config, NULL, &identity, &user, &got);
	assert_int_equal(got.reason, REASON_CONFIG);
	assert_string_equal(got.rule, "map_file");
}

/* Texts from outside have their ceilings, and no verdict comes from a text that was cut. */
static void long_texts_are_bounded(void **state)
{
	CONFIG_AUTO(config);
	STRLIST_AUTO(groups);
	struct account_decision got;
	struct local_user user = {.name = "alice", .exists = true, .uid = 1000, .shell = "/bin/sh"};

	(void)state;
	config = config_of(PLAIN);
	for (size_t len = 254; len <= 1024; len += 385) {
		BUF_AUTO(claim, 2048);
		STRLIST_AUTO(claims);
		struct identity identity = {
			.iss = "i", .sub = "s", .claims = &claims, .groups = &groups};

		buf_puts(&claim, NAME("alice"));
		while (claim.len < strlen(NAME("")) + len)
			buf_puts(&claim, "/");
		assert_int_equal(strlist_add(&claims, buf_str(&claim)), 0);
		account_decide(&config, NULL, &identity, &user, &got);
		assert_int_equal(got.reason, len > 255 ? REASON_CLAIM_VALUE : REASON_NO_MAPPING);
		assert_int_equal(strlen(got.mapped), len > 255 ? 255 : len);
	}
}

static void a_long_entry_is_bounded(void **state)
{
	CONFIG_AUTO(config);
	USERMAP_AUTO(map);
	STRLIST_AUTO(none);
	BUF_AUTO(text, USERMAP_MAX);
	struct config_error error;
	struct account_decision got;
	struct local_user user = {.name = "last", .exists = true, .uid = 1000, .shell = "/bin/sh"};
	struct identity identity = {.iss = "i", .sub = "s", .claims = &none, .groups = &none};

	(void)state;
	buf_puts(&text, "sub:s");
	for (int i = 0; i < 60; i++)
		buf_printf(&text, " user-of-many-%d", i);
	buf_puts(&text, " last\n");
	assert_int_equal(usermap_parse(buf_str(&text), text.len, "map", &map, &error), 0);
	config = config_of(MAP);
	account_decide(&config, &map, &identity, &user, &got);
	assert_int_equal(got.reason, REASON_OK);
	assert_string_equal(got.rule, "map:sub:s");
	assert_int_equal(strlen(got.mapped), sizeof(got.mapped) - 1);
	assert_memory_equal(got.mapped, "user-of-many-0 user-of-many-1 ", 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_its_verdict),
		cmocka_unit_test(the_user_alone_is_checked_the_same),
		cmocka_unit_test(a_service_and_a_user_may_be_left_alone),
		cmocka_unit_test(half_a_question_is_refused),
		cmocka_unit_test(a_map_that_was_not_read_is_no_map),
		cmocka_unit_test(long_texts_are_bounded),
		cmocka_unit_test(a_long_entry_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
