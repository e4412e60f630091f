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

#define ID "0123456789abcdef0123456789abcdef"

/* A stored session, in pieces that the rows below replace. */
#define HEAD    "id=" ID "\nuser=alice\nservice=sshd\n"
#define WHO     "iss=https://idp.example.com\nsub=248289761001\n"
#define TIMES   "created=100\nverified=200\nends=300\ntoken_iat=150\n"
#define CLAIMED "auth_time=90\n"
#define TOKENS  "access_ends=250\naccess_token=at-1\nrefresh_token=rt-1\n"
#define LINKS   "opener=7:70\nlogin=8:80\nlogin=9:90\n"
#define WHOLE   HEAD WHO TIMES CLAIMED TOKENS LINKS "\n"

static int parse(const char *text, struct session *ret)
{
	return session_parse(text, strlen(text), ret);
}

static void what_is_written_is_read(void **state)
{
	static const char *const texts[] = {
		WHOLE,
		HEAD "rhost=192.0.2.1\n" WHO TIMES CLAIMED TOKENS LINKS "\n",
		/* nothing that may be missing */
		HEAD WHO TIMES "auth_time=-1\naccess_ends=-1\n\n",
		HEAD WHO "created=0\nverified=0\nends=9223372036854775807\ntoken_iat=0\n"
			 "auth_time=0\naccess_ends=0\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		SESSION_AUTO(session);
		BUF_AUTO(out, RECORD_MAX);

		assert_int_equal(parse(texts[i], &session), 0);
		assert_int_equal(session_format(&session, &out), 0);
		assert_string_equal(buf_str(&out), texts[i]);
	}
}

static void every_field_is_its_own(void **state)
{
	SESSION_AUTO(session);

	(void)state;
	assert_int_equal(
		parse(HEAD "rhost=host.example\n" WHO TIMES CLAIMED TOKENS LINKS "\n", &session),
		0);
	assert_string_equal(session.id, ID);
	assert_string_equal(session.user, "alice");
	assert_string_equal(session.service, "sshd");
	assert_string_equal(session.rhost, "host.example");
	assert_string_equal(session.iss, "https://idp.example.com");
	assert_string_equal(session.sub, "248289761001");
	assert_int_equal(session.created, 100);
	assert_int_equal(session.verified, 200);
	assert_int_equal(session.ends, 300);
	assert_int_equal(session.token_iat, 150);
	assert_int_equal(session.auth_time, 90);
	assert_string_equal(secret_reveal(&session.access_token), "at-1");
	assert_int_equal(session.access_ends, 250);
	assert_string_equal(secret_reveal(&session.refresh_token), "rt-1");
	assert_int_equal(session.opener.pid, 7);
	assert_int_equal(session.opener.started, 70);
	assert_int_equal(session.n_logins, 2);
	assert_int_equal(session.logins[1].pid, 9);
	assert_int_equal(session.logins[1].started, 90);
}

static const char *const not_sessions[] = {
	"",
	"\n",
	/* not whole, or more than one */
	HEAD WHO TIMES CLAIMED TOKENS LINKS,
	WHOLE "\n",
	WHOLE WHOLE,
	WHOLE "x",
	/* the id */
	"user=alice\nservice=sshd\n" WHO TIMES CLAIMED TOKENS "\n",
	"id=\nuser=alice\nservice=sshd\n" WHO TIMES CLAIMED TOKENS "\n",
	"id=../../etc/shadow\nuser=alice\nservice=sshd\n" WHO TIMES CLAIMED TOKENS "\n",
	"id=0123456789ABCDEF0123456789ABCDEF\nuser=alice\nservice=sshd\n" WHO TIMES CLAIMED TOKENS
	"\n",
	"id=" ID "0\nuser=alice\nservice=sshd\n" WHO TIMES CLAIMED TOKENS "\n",
	/* the user */
	"id=" ID "\nservice=sshd\n" WHO TIMES CLAIMED TOKENS "\n",
	"id=" ID "\nuser=\nservice=sshd\n" WHO TIMES CLAIMED TOKENS "\n",
	"id=" ID "\nuser=al/ice\nservice=sshd\n" WHO TIMES CLAIMED TOKENS "\n",
	/* something needed is missing, or stands twice */
	"id=" ID "\nuser=alice\n" WHO TIMES CLAIMED TOKENS "\n",
	HEAD "sub=1\n" TIMES CLAIMED TOKENS "\n",
	HEAD "iss=https://idp.example.com\n" TIMES CLAIMED TOKENS "\n",
	HEAD WHO CLAIMED TOKENS "\n",
	HEAD WHO TIMES TOKENS "\n",
	HEAD WHO TIMES CLAIMED "access_token=at-1\nrefresh_token=rt-1\n\n",
	HEAD WHO WHO TIMES CLAIMED TOKENS "\n",
	HEAD WHO TIMES CLAIMED TOKENS TOKENS "\n",
	HEAD WHO TIMES CLAIMED TOKENS LINKS "opener=7:70\n\n",
	/* a word of another vocabulary */
	HEAD WHO TIMES CLAIMED TOKENS "reason=ok\n\n",
	/* numbers */
	HEAD WHO "created=-1\nverified=200\nends=300\ntoken_iat=150\n" CLAIMED TOKENS "\n",
	HEAD WHO "created=100\nverified=200\nends=\ntoken_iat=150\n" CLAIMED TOKENS "\n",
	HEAD WHO
	"created=100\nverified=200\nends=9223372036854775808\ntoken_iat=150\n" CLAIMED TOKENS "\n",
	HEAD WHO "created=0100\nverified=200\nends=300\ntoken_iat=150\n" CLAIMED TOKENS "\n",
	HEAD WHO TIMES "auth_time=-2\n" TOKENS "\n",
	/* processes */
	HEAD WHO TIMES CLAIMED TOKENS "opener=7\n\n",
	HEAD WHO TIMES CLAIMED TOKENS "opener=0:70\n\n",
	HEAD WHO TIMES CLAIMED TOKENS "login=8:80\nlogin=-1:0\n\n",
	HEAD WHO TIMES CLAIMED TOKENS "login=\n\n",
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

static void logins_have_a_ceiling(void **state)
{
	(void)state;
	for (int n = SESSION_LOGINS - 1; n <= SESSION_LOGINS + 1; n++) {
		SESSION_AUTO(session);
		BUF_AUTO(text, RECORD_MAX);

		buf_puts(&text, HEAD WHO TIMES CLAIMED TOKENS);
		for (int i = 1; i <= n; i++)
			buf_printf(&text, "login=%d:1\n", i);
		buf_puts(&text, "\n");
		int r = session_parse(buf_str(&text), text.len, &session);
		assert_int_equal(r, n <= SESSION_LOGINS ? 0 : -EBADMSG);
		assert_int_equal(session.n_logins, n <= SESSION_LOGINS ? n : 0);
	}
}

/* What could not be read again is not written. */
static void what_is_no_session_is_not_written(void **state)
{
	static char line_break[] = "a\nsub=admin", path[] = "a/b", name[] = "alice";

	(void)state;
	for (int i = 0; i < 6; i++) {
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
		case 5: wrong.logins[0].pid = 0; break;
		}
		assert_int_equal(session_format(&wrong, &out), -EINVAL);
		assert_int_equal(out.len, 0);
		wrong = session;
		wrong.user = name;
		assert_int_equal(session_format(&wrong, &out), 0);
	}
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

static void a_login_is_that_very_process(void **state)
{
	static const struct {
		struct process process;
		bool has;
	} rows[] = {
		{{8, 80}, true},
		{{9, 90}, true},
		{{7, 70}, false}, /* who only may open one */
		{{8, 81}, false}, /* the number was used again */
		{{9, 80}, false},
		{{0, 0}, false},
	};
	SESSION_AUTO(session);

	(void)state;
	assert_int_equal(parse(WHOLE, &session), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(session_has_login(&session, &rows[i].process), rows[i].has);
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
		cmocka_unit_test(logins_have_a_ceiling),
		cmocka_unit_test(what_is_no_session_is_not_written),
		cmocka_unit_test(an_id_is_one_form),
		cmocka_unit_test(every_id_is_new),
		cmocka_unit_test(a_login_is_that_very_process),
		cmocka_unit_test(tokens_are_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
