/*
 * A session as bytes: what is written is read again, and what has any other form is no session.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"
#include "wiped.h"
#include "wire.h"

#define ID "0123456789abcdef0123456789abcdef"

/* A stored session, in pieces that the rows below replace. */
#define NAMED   "id=" ID "\nuser=alice\n"
#define HEAD    NAMED "host=build7\n"
#define WHO     "iss=https://idp.example.com\nsub=248289761001\nclient_id=host\n"
#define TIMES   "created=100\nverified=200\nends=300\ntoken_iat=150\n"
#define BY_KEY  "ssh_key=ssh-ed25519 AAAA\nflow=code\n"
#define WANTED  "wanted=preferred_username id_token=groups\n"
#define CLAIMED "auth_time=90\n"
#define TOKENS  "access_ends=250\nrenewals=3\naccess_token=at-1\nrefresh_token=rt-1\n"
#define THROUGH "service=sshd\nservice=sudo\n"
#define FACTS                                                                                      \
	"fact=claim=preferred_username=alice\nfact=email_verified=yes\nfact=groups=yes\n"          \
	"fact=group=ops\nfact=group=a=b\nfact=acr=mfa\nfact=amr=pwd\nfact=amr=otp\n"               \
	"fact=auth_time=90\n"
#define WHOLE HEAD WHO TIMES CLAIMED TOKENS THROUGH FACTS "\n"

static int parse(const char *text, struct session *ret)
{
	return session_parse(text, strlen(text), ret);
}

static void what_is_written_is_read(void **state)
{
	static const char *const texts[] = {
		WHOLE,
		HEAD "rhost=192.0.2.1\n" BY_KEY WHO WANTED TIMES CLAIMED TOKENS THROUGH FACTS
		     "spending=yes\n\n",
		/* nothing that may be missing */
		HEAD WHO TIMES "auth_time=-1\naccess_ends=-1\nrenewals=0\nservice=sshd\n\n",
		HEAD WHO "created=0\nverified=0\nends=9223372036854775807\ntoken_iat=0\n"
			 "auth_time=0\naccess_ends=0\nrenewals=0\nservice=sshd\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		SESSION_AUTO(session);
		BUF_AUTO(out, RECORD_MAX);

		assert_int_equal(parse(texts[i], &session), 0);
		/* it is the store's, and no part of the bytes */
		session.version = 5;
		assert_int_equal(session_format(&session, &out), 0);
		assert_string_equal(buf_str(&out), texts[i]);
	}
}

static void every_field_is_its_own(void **state)
{
	SESSION_AUTO(session);

	(void)state;
	assert_int_equal(parse(HEAD "rhost=host.example\n" BY_KEY WHO WANTED TIMES CLAIMED TOKENS
					 THROUGH FACTS "spending=yes\n\n",
				 &session),
		0);
	assert_string_equal(session.id, ID);
	assert_string_equal(session.user, "alice");
	assert_string_equal(session.host, "build7");
	assert_string_equal(session.rhost, "host.example");
	assert_string_equal(session.ssh_key, "ssh-ed25519 AAAA");
	assert_string_equal(session.flow, "code");
	assert_string_equal(session.iss, "https://idp.example.com");
	assert_string_equal(session.sub, "248289761001");
	assert_string_equal(session.client_id, "host");
	assert_string_equal(session.wanted, "preferred_username id_token=groups");
	assert_int_equal(session.created, 100);
	assert_int_equal(session.verified, 200);
	assert_int_equal(session.ends, 300);
	assert_int_equal(session.token_iat, 150);
	assert_int_equal(session.auth_time, 90);
	assert_string_equal(secret_reveal(&session.access_token), "at-1");
	assert_int_equal(session.access_ends, 250);
	assert_string_equal(secret_reveal(&session.refresh_token), "rt-1");
	assert_int_equal(session.renewals, 3);
	assert_true(session.spending);
	assert_int_equal(session.services.n, 2);
	assert_string_equal(session.services.items[1], "sudo");
	assert_int_equal(session.facts.n, 9);
	assert_string_equal(session.facts.items[4], "group=a=b");
	assert_int_equal(session.version, 0);
}

static const char *const not_sessions[] = {
	"",
	"\n",
	/* not whole, or more than one */
	HEAD WHO TIMES CLAIMED TOKENS THROUGH,
	WHOLE "\n",
	WHOLE WHOLE,
	WHOLE "x",
	/* the id */
	"user=alice\nhost=build7\n" WHO TIMES CLAIMED TOKENS THROUGH "\n",
	"id=\nuser=alice\nhost=build7\n" WHO TIMES CLAIMED TOKENS THROUGH "\n",
	"id=../../etc/shadow\nuser=alice\nhost=build7\n" WHO TIMES CLAIMED TOKENS THROUGH "\n",
	"id=0123456789ABCDEF0123456789ABCDEF\nuser=alice\nhost=build7\n" WHO TIMES CLAIMED
		TOKENS THROUGH "\n",
	"id=" ID "0\nuser=alice\nhost=build7\n" WHO TIMES CLAIMED TOKENS THROUGH "\n",
	/* the user */
	"id=" ID "\nhost=build7\n" WHO TIMES CLAIMED TOKENS THROUGH "\n",
	"id=" ID "\nuser=\nhost=build7\n" WHO TIMES CLAIMED TOKENS THROUGH "\n",
	"id=" ID "\nuser=al/ice\nhost=build7\n" WHO TIMES CLAIMED TOKENS THROUGH "\n",
	/* something needed is missing, or stands twice */
	NAMED WHO TIMES CLAIMED TOKENS THROUGH "\n",
	HEAD "sub=1\n" TIMES CLAIMED TOKENS THROUGH "\n",
	HEAD "iss=https://idp.example.com\n" TIMES CLAIMED TOKENS THROUGH "\n",
	HEAD "iss=https://idp.example.com\nsub=1\n" TIMES CLAIMED TOKENS THROUGH "\n",
	HEAD WHO CLAIMED TOKENS THROUGH "\n",
	HEAD WHO TIMES TOKENS THROUGH "\n",
	HEAD WHO TIMES CLAIMED "renewals=3\naccess_token=at-1\nrefresh_token=rt-1\n" THROUGH "\n",
	HEAD WHO TIMES CLAIMED "access_ends=250\nrefresh_token=rt-1\n" THROUGH "\n",
	HEAD WHO TIMES CLAIMED TOKENS "\n",
	HEAD WHO WHO TIMES CLAIMED TOKENS THROUGH "\n",
	HEAD WHO TIMES CLAIMED TOKENS TOKENS THROUGH "\n",
	/* a word of another vocabulary */
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "reason=ok\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "version=1\n\n",
	/* numbers */
	HEAD WHO "created=-1\nverified=200\nends=300\ntoken_iat=150\n" CLAIMED TOKENS THROUGH "\n",
	HEAD WHO "created=100\nverified=200\nends=\ntoken_iat=150\n" CLAIMED TOKENS THROUGH "\n",
	HEAD WHO "created=100\nverified=200\nends=9223372036854775808\ntoken_iat=150\n" CLAIMED
		TOKENS THROUGH "\n",
	HEAD WHO "created=0100\nverified=200\nends=300\ntoken_iat=150\n" CLAIMED TOKENS THROUGH
		 "\n",
	HEAD WHO TIMES "auth_time=-2\n" TOKENS THROUGH "\n",
	HEAD WHO TIMES CLAIMED "access_ends=250\nrenewals=-1\n" THROUGH "\n",
	/* it is spending, or it is not */
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "spending=\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "spending=no\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "spending=yes\nspending=yes\n\n",
	/* facts that no worker says of a person */
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=acr\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact==mfa\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=acr=mfa\nfact=acr=mfa\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=sub=admin\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=iss=https://other.example.com\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=reason=ok\n\n",
	HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=access_token=at-2\n\n",
};

static void anything_else_is_no_session(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(not_sessions) / sizeof(*not_sessions); i++) {
		struct session untouched = {.created = 12345};
		int r = parse(not_sessions[i], &untouched);

		if (r != -EBADMSG)
			fail_msg("row %zu is %d: %s", i, r, not_sessions[i]);
		assert_int_equal(untouched.created, 12345);
		assert_null(untouched.user);
	}
}

/* What a crash could leave of one, and a NUL in the middle. */
static void no_piece_is_a_session(void **state)
{
	char text[] = WHOLE;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct session session = {0};
		char *exact = malloc(len ? len : 1);

		assert_non_null(exact);
		memcpy(exact, text, len);
		assert_int_equal(session_parse(exact, len, &session), -EBADMSG);
		free(exact);
	}
	struct session session = {0};
	*strstr(text, "alice") = '\0';
	assert_int_equal(session_parse(text, sizeof(text) - 1, &session), -EBADMSG);
}

/* What could not be read again is not written. */
static void what_is_no_session_is_not_written(void **state)
{
	static char line_break[] = "a\nsub=admin", path[] = "a/b", name[] = "alice";
	static char no_fact[] = "refresh_token=rt-2", *no_facts[] = {no_fact};

	(void)state;
	for (int i = 0; i < 8; i++) {
		SESSION_AUTO(session);
		BUF_AUTO(out, RECORD_MAX);

		assert_int_equal(parse(WHOLE, &session), 0);
		struct session wrong = session;
		switch (i) {
		case 0: wrong.sub = line_break; break;
		case 1: wrong.user = path; break;
		case 2: wrong.iss = NULL; break;
		case 3: wrong.id[0] = 'G'; break;
		case 4: wrong.auth_time = -2; break;
		case 5: wrong.services.n = 0; break;
		case 6: wrong.host = NULL; break;
		case 7: wrong.facts = (struct strlist){.items = no_facts, .n = 1}; break;
		}
		assert_int_equal(session_format(&wrong, &out), -EINVAL);
		assert_int_equal(out.len, 0);
		wrong = session;
		wrong.user = name;
		assert_int_equal(session_format(&wrong, &out), 0);
	}
}

static char names_claim[] = "preferred_username", groups_claim[] = "groups";
static char *claims[] = {names_claim};
static const struct config asked = {
	.user.claims = {.items = claims, .n = 1},
	.access.groups_claim = groups_claim,
};

/* As a worker says it. */
static struct record *event_of(const char *text)
{
	struct record *event = NULL;

	assert_int_equal(record_parse(text, strlen(text), wire_event, &event), strlen(text));
	return event;
}

#define SAID                                                                                       \
	"claim=preferred_username=alice\nemail_verified=yes\ngroups=yes\ngroup=ops\ngroup=a=b\n"   \
	"acr=mfa\namr=pwd\namr=otp\nauth_time=90\n"
#define SUBJECT "event=result\nreason=ok\niss=https://idp.example.com\nsub=248289761001\n"

static void facts_are_given_as_they_were_taken(void **state)
{
	SESSION_AUTO(session);
	RECORD_AUTO(event);
	RECORD_AUTO(given);
	BUF_AUTO(out, RECORD_MAX);

	(void)state;
	event = event_of(
		SUBJECT SAID "detail=d\nnote=n\naccess_token=at-2\nrefresh_token=rt-2\n"
			     "access_expires_in=60\ntoken_iat=1\nid=" ID "\nrequests=1\n\n");
	assert_int_equal(
		parse(HEAD WHO TIMES CLAIMED TOKENS THROUGH "fact=acr=old\n\n", &session), 0);
	assert_int_equal(session_take_facts(&session, event, &asked), 0);
	assert_int_equal(session_give_facts(&session, &given), 0);
	assert_int_equal(record_format(given, &out), 0);
	assert_string_equal(buf_str(&out), SUBJECT SAID "\n");
}

/* What a host of a fleet asked for is no answer to what another asks for. */
static void facts_suit_who_asks_for_the_same(void **state)
{
	static char mail[] = "email", roles[] = "roles";
	static char *mail_only[] = {mail}, *both[] = {names_claim, mail},
		    *turned[] = {mail, names_claim};
	static const struct {
		char **claims;
		size_t n;
		char *groups;
		enum groups_source source;
		bool suits;
	} rows[] = {
		{claims, 1, groups_claim, GROUPS_ID_TOKEN, true},
		{claims, 1, roles, GROUPS_ID_TOKEN, false},
		{claims, 1, groups_claim, GROUPS_USERINFO, false},
		{mail_only, 1, groups_claim, GROUPS_ID_TOKEN, false},
		{both, 2, groups_claim, GROUPS_ID_TOKEN, false},
		{turned, 2, groups_claim, GROUPS_ID_TOKEN, false},
		{NULL, 0, groups_claim, GROUPS_ID_TOKEN, false},
	};
	SESSION_AUTO(session);
	SESSION_AUTO(read);
	RECORD_AUTO(event);
	BUF_AUTO(out, RECORD_MAX);

	(void)state;
	event = event_of(SUBJECT SAID "\n");
	assert_int_equal(parse(WHOLE, &session), 0);
	/* nobody says what those were asked for */
	assert_false(session_facts_suit(&session, &asked));
	assert_int_equal(session_take_facts(&session, event, &asked), 0);
	assert_int_equal(session_format(&session, &out), 0);
	assert_int_equal(session_parse(buf_str(&out), out.len, &read), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct config config = {
			.user.claims = {.items = rows[i].claims, .n = rows[i].n},
			.access.groups_claim = rows[i].groups,
			.access.groups_source = rows[i].source,
		};

		assert_int_equal(session_facts_suit(&read, &config), rows[i].suits);
	}
}

/* More than there is room to say what they answer: there are none. */
static void facts_of_endless_claims_are_none(void **state)
{
	static char *endless[512];
	const struct config config = {.user.claims = {.items = endless, .n = 512}};
	SESSION_AUTO(session);
	RECORD_AUTO(event);

	(void)state;
	for (size_t i = 0; i < 512; i++)
		endless[i] = names_claim;
	event = event_of(SUBJECT SAID "\n");
	assert_int_equal(parse(WHOLE, &session), 0);
	assert_int_equal(session_take_facts(&session, event, &config), 0);
	assert_int_equal(session.facts.n, 0);
	assert_false(session_facts_suit(&session, &config));
}

static void without_facts_there_is_nothing_to_give(void **state)
{
	SESSION_AUTO(session);
	RECORD_AUTO(event);
	RECORD_AUTO(given);

	(void)state;
	assert_int_equal(parse(WHOLE, &session), 0);
	event = event_of(SUBJECT "\n");
	assert_int_equal(session_take_facts(&session, event, &asked), 0);
	assert_int_equal(session_give_facts(&session, &given), -ENOENT);
	assert_null(given);
}

/* Half of them would be another answer: who is in deny_groups might not be in those that fit. */
static void facts_fit_whole_or_not_at_all(void **state)
{
	static const struct {
		size_t groups, len; /* of each one's name */
		bool fits;
	} rows[] = {
		{511, 1, true},    /* and one claim */
		{512, 1, false},   /* too many */
		{10, 1000, true},  /* */
		{16, 1000, true},  /* "fact=group=" and a newline, 12, each: 16192, and the claim */
		{17, 1000, false}, /* too long */
		{1, 20000, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		SESSION_AUTO(session);
		RECORD_AUTO(event);
		RECORD_AUTO(given);
		BUF_AUTO(text, RECORD_MAX);
		BUF_AUTO(out, RECORD_MAX);

		(void)buf_puts(&text, SUBJECT "claim=x=y\n");
		for (size_t j = 0; j < rows[i].groups; j++)
			(void)buf_printf(&text, "group=%0*d\n", (int)rows[i].len, 7);
		(void)buf_puts(&text, "\n");
		event = event_of(buf_str(&text));
		assert_int_equal(parse(WHOLE, &session), 0);
		assert_int_equal(session_take_facts(&session, event, &asked), 0);
		assert_int_equal(session_give_facts(&session, &given), rows[i].fits ? 0 : -ENOENT);
		/* and a session with the most of them can be stored */
		assert_int_equal(session_format(&session, &out), 0);
	}
}

static void services_are_noted_once_and_up_to_a_ceiling(void **state)
{
	SESSION_AUTO(session);
	BUF_AUTO(out, RECORD_MAX);

	(void)state;
	assert_int_equal(parse(WHOLE, &session), 0);
	assert_int_equal(session_add_service(&session, "sshd"), 0);
	assert_int_equal(session.services.n, 2);
	for (char name[] = "a"; *name <= 'z'; ++*name)
		assert_int_equal(session_add_service(&session, name), 0);
	assert_int_equal(session.services.n, SESSION_SERVICES);
	assert_string_equal(session.services.items[0], "sshd");
	assert_int_equal(session_format(&session, &out), 0);
	/* one more is no session */
	BUF_AUTO(text, RECORD_MAX);
	SESSION_AUTO(again);
	(void)buf_puts(&text, "service=one-more\n");
	(void)buf_add(&text, out.data, out.len);
	assert_int_equal(session_parse(buf_str(&text), text.len, &again), -EBADMSG);
}

static void an_id_is_one_form(void **state)
{
	static const char *const wrong[] = {
		"",
		"0",
		".",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef0",
		"0123456789abcdef0123456789abcdeF",
		"0123456789abcdef0123456789abcde/",
		"0123456789abcdef0123456789abcde\n",
	};

	(void)state;
	assert_true(session_id_valid(ID));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(session_id_valid(wrong[i]));
}

static void every_id_is_new(void **state)
{
	char ids[64][SESSION_ID + 1];

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		assert_int_equal(session_id_new(ids[i]), 0);
		assert_true(session_id_valid(ids[i]));
		for (size_t earlier = 0; earlier < i; earlier++)
			assert_string_not_equal(ids[i], ids[earlier]);
	}
}

static void tokens_are_wiped(void **state)
{
	SESSION_AUTO(session);

	(void)state;
	wiped_forget();
	assert_int_equal(parse(WHOLE, &session), 0);
	assert_true(wiped_has("rt-1")); /* the record's copy */
	session_free(&session);
	assert_true(wiped_has("rt-1"));
	assert_null(session.user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(every_field_is_its_own),
		cmocka_unit_test(anything_else_is_no_session),
		cmocka_unit_test(no_piece_is_a_session),
		cmocka_unit_test(what_is_no_session_is_not_written),
		cmocka_unit_test(facts_are_given_as_they_were_taken),
		cmocka_unit_test(facts_suit_who_asks_for_the_same),
		cmocka_unit_test(facts_of_endless_claims_are_none),
		cmocka_unit_test(without_facts_there_is_nothing_to_give),
		cmocka_unit_test(facts_fit_whole_or_not_at_all),
		cmocka_unit_test(services_are_noted_once_and_up_to_a_ceiling),
		cmocka_unit_test(an_id_is_one_form),
		cmocka_unit_test(every_id_is_new),
		cmocka_unit_test(tokens_are_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
