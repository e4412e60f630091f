/*
 * The client of sso-store against a fake one: a script that plays a transcript, and against one that
 * does not play along. What the real one does with a real server is tried in tests/store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "count.h"
#include "scratch.h"
#include "store.h"
#include "wiped.h"

#define ID       "0123456789abcdef0123456789abcdef"
#define OTHER_ID "fedcba9876543210fedcba9876543210"
#define SSH_KEY  "ssh-ed25519 AAAA"
#define A_KEY    "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define B_KEY    "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

enum { NOW = 1000, ENDS = 2000, PATIENT = 600 };

/* How many seconds go by between one look at the clock and the next. */
static int64_t hurry_s;

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int64_t ahead_s;
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	ahead_s += hurry_s;
	if (clock == CLOCK_MONOTONIC)
		ret->tv_sec += ahead_s;
	return r;
}

/* What the fake hears (a pattern of sh, the record's lines without its empty one) and then says;
 * or DOES, in words of sh. The last one has neither. */
struct turn {
	const char *hears, *says, *does;
};

#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {NULL, NULL, NULL}})
#define OPENS      {"op=open*", "status=ok\nsandbox=seccomp", NULL}

/* A machine whose store is the fake. */
struct machine {
	struct scratch scratch;
	char program[100], keys[100], password[100];
	int lowest; /* descriptor that was free in the beginning */
	struct config config;
	struct config_error error;
};

static int begin(void **state)
{
	static struct machine machine;
	static char url[] = "rediss://redis.example.com", user[] = "fleet", nobody[] = "nobody";

	machine = (struct machine){0};
	scratch_begin(&machine.scratch);
	snprintf(machine.program, sizeof(machine.program), "%s/fake-sso-store",
		machine.scratch.path);
	snprintf(machine.keys, sizeof(machine.keys), "%s/keys", machine.scratch.path);
	snprintf(machine.password, sizeof(machine.password), "%s/password", machine.scratch.path);
	scratch_write(&machine.scratch, "keys", 0600, A_KEY "\n");
	machine.config.session.store = STORE_REDIS;
	machine.config.session.store_url = url;
	machine.config.session.store_user = user;
	machine.config.session.store_key_file = machine.keys;
	machine.config.session.store_timeout = PATIENT;
	machine.config.session.store_program = machine.program;
	machine.config.network.worker_user = nobody;
	machine.lowest = dup(0);
	close(machine.lowest);
	*state = &machine;
	return 0;
}

/* Whatever was tried, nothing is left: no descriptor, no process. */
static int end(void **state)
{
	struct machine *machine = *state;
	int lowest = dup(0);

	close(lowest);
	assert_int_equal(lowest, machine->lowest);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	scratch_end(&machine->scratch);
	return 0;
}

/* Writes the fake. One that hears something else than it should just ends. */
static void make_fake(struct machine *machine, const struct turn *turns)
{
	BUF_AUTO(script, 64 * 1024);

	(void)buf_puts(&script, "#!/bin/sh\n"
				"hear() {\n"
				"	heard=\n"
				"	while IFS= read -r line <&3 && [ \"$line\" ]; do\n"
				"		heard=\"$heard${heard:+\n}$line\"\n"
				"	done\n"
				"}\n");
	for (const struct turn *turn = turns; turn->hears || turn->says || turn->does; turn++) {
		if (turn->hears)
			(void)buf_printf(&script,
				"hear\npattern='%s'\ncase $heard in $pattern) ;; *) exit 1 ;; "
				"esac\n",
				turn->hears);
		if (turn->says)
			(void)buf_printf(&script, "printf '%%s\\n' '%s' '' >&3\n", turn->says);
		if (turn->does)
			(void)buf_printf(&script, "%s\n", turn->does);
	}
	/* It stays until the caller has closed. */
	(void)buf_puts(&script, "hear\n");
	assert_int_equal(buf_error(&script), 0);
	scratch_write(&machine->scratch, "fake-sso-store", 0755, buf_str(&script));
}

static int open_fake(struct machine *machine, const struct turn *turns, struct store *ret)
{
	make_fake(machine, turns);
	machine->error = (struct config_error){""};
	int r = store_open(&machine->config, ret, &machine->error);
	/* who fails says why */
	assert_int_equal(r < 0, *machine->error.text != '\0');
	return r;
}

static struct session made(void)
{
	struct session session = {.id = ID, .ends = ENDS, .auth_time = -1, .version = 4};

	session.user = strdup("alice");
	session.host = strdup("build7");
	session.ssh_key = strdup(SSH_KEY);
	session.iss = strdup("i");
	session.sub = strdup("s");
	session.client_id = strdup("c");
	assert_int_equal(strlist_add(&session.services, "sshd"), 0);
	assert_int_equal(secret_set(&session.refresh_token, "rt-1", 4), 0);
	return session;
}

/* That session's lines. */
#define LINE_ID  "line=id=" ID "\n"
#define LINE_WHO "line=user=alice\nline=host=build7\nline=ssh_key=" SSH_KEY "\n"
#define LINE_IDP "line=iss=i\nline=sub=s\nline=client_id=c\n"
#define LINE_END                                                                                   \
	"line=created=0\nline=verified=0\nline=ends=2000\nline=token_iat=0\nline=auth_time=-1\n"   \
	"line=access_ends=0\nline=renewals=0\n"
#define LINE_REST "line=refresh_token=rt-1\nline=service=sshd"
#define LINES     LINE_ID LINE_WHO LINE_IDP LINE_END LINE_REST
#define GOT       "status=ok\nversion=4\n" LINES
#define FOUND     GOT "\nid=" ID
#define WHICH     "id=" ID "\nversion=4\nindex=user alice\nindex=key alice " SSH_KEY

/* What can be asked of a store. */
enum what { GET, FIND, FIND_KEY, PUT, REMOVE, END, LIST, LOCK, ALL };

static const char *const names[ALL] = {
	"get", "find", "find", "put", "remove", "end", "list", "lock"};

/* Asks. Of what comes back, sets the version, the id, or how many ids. */
static int try(const struct store *store, enum what what, int64_t *ret)
{
	SESSION_AUTO(mine);
	SESSION_AUTO(session);
	STRLIST_AUTO(ids);
	struct store_lock lock = {.fd = -1};
	int r = -ENOSYS;

	mine = made();
	switch (what) {
	case GET: r = store_get(store, ID, NOW, &session); break;
	case FIND: r = store_find(store, STORE_BY_USER, "alice", NULL, NOW, &session); break;
	case FIND_KEY:
		r = store_find(store, STORE_BY_SSH_KEY, "alice", SSH_KEY, NOW, &session);
		break;
	case PUT: r = store_put(store, &mine); break;
	case REMOVE: r = store_remove(store, &mine); break;
	case END: r = store_end(store, &mine); break;
	case LIST: r = store_list(store, &ids); break;
	case LOCK: r = store_lock(store, ID, 0, &lock); break;
	case ALL: break;
	}
	/* what failed set nothing */
	assert_int_equal(session.user != NULL, r == 0 && what <= FIND_KEY);
	assert_true(ids.n == 0 || r == 0);
	assert_true(*lock.owner == '\0' || r == 0);
	assert_true(mine.version == 4 || (r == 0 && what == PUT));
	*ret = what == PUT ? mine.version : what == LIST ? (int64_t)ids.n : session.version;
	return r;
}

static void it_is_opened_with_what_is_configured(void **state)
{
	static char ca[] = "/ca.pem", dir[] = "/ca", store_ca[] = "/store-ca.pem";
	struct machine *machine = *state;
	const struct {
		char *network_file, *network_dir, *store_file;
		const char *keys, *password, *hears;
	} rows[] = {
		{NULL, NULL, NULL, A_KEY "\n", NULL,
			"op=open\nurl=rediss://redis.example.com\nuser=fleet\ntimeout=600000\n"
			"key=" A_KEY},
		{ca, dir, NULL, A_KEY, "hush!\n",
			"op=open\nurl=rediss://redis.example.com\nuser=fleet\nca_file=/ca.pem\n"
			"ca_dir=/ca\ntimeout=600000\npassword=hush!\nkey=" A_KEY},
		{ca, dir, store_ca, A_KEY "\n\n" B_KEY "\n", "a b\n",
			"op=open\nurl=rediss://redis.example.com\nuser=fleet\n"
			"ca_file=/store-ca.pem\ntimeout=600000\npassword=a b\nkey=" A_KEY
			"\nkey=" B_KEY},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		STORE_AUTO(store);

		machine->config.network.ca_file = rows[i].network_file;
		machine->config.network.ca_dir = rows[i].network_dir;
		machine->config.session.store_ca_file = rows[i].store_file;
		machine->config.session.store_password_file = rows[i].password ? machine->password
									       : NULL;
		scratch_write(&machine->scratch, "keys", 0600, rows[i].keys);
		if (rows[i].password)
			scratch_write(&machine->scratch, "password", 0600, rows[i].password);
		assert_int_equal(
			open_fake(machine, TURNS({rows[i].hears, "status=ok", NULL}), &store), 0);
	}
}

static void what_makes_no_sense_is_not_tried(void **state)
{
	static const struct {
		const char *keys;
		mode_t mode;
		const char *password;
	} rows[] = {
		{"", 0600, NULL},
		{"\n", 0600, NULL},
		{A_KEY "\n", 0640, NULL},
		{A_KEY "\n", 0604, NULL},
		{A_KEY "0\n", 0600, NULL},
		{"x" A_KEY "\n", 0600, NULL},
		{A_KEY " \n", 0600, NULL},
		{A_KEY "\n" B_KEY "\n" A_KEY "\n", 0600, NULL},
		{"00112233445566778899aabbccddeeff00112233445566778899aabbccddeefg", 0600, NULL},
		{A_KEY "\n", 0600, ""},
		{A_KEY "\n", 0600, "two\nlines\n"},
	};
	struct machine *machine = *state;
	STORE_AUTO(store);

	for (size_t i = 0; i < COUNT(rows); i++) {
		scratch_write(&machine->scratch, "keys", rows[i].mode, rows[i].keys);
		scratch_write(&machine->scratch, "password", 0600,
			rows[i].password ? rows[i].password : "");
		machine->config.session.store_password_file = rows[i].password ? machine->password
									       : NULL;
		assert_int_equal(open_fake(machine, TURNS(OPENS), &store), -EINVAL);
		assert_non_null(strstr(
			machine->error.text, rows[i].password ? machine->password : machine->keys));
		assert_null(strstr(machine->error.text, "0011"));
	}
	/* what stands behind a NUL is not left out */
	scratch_write(&machine->scratch, "password", 0600, "hush!");
	assert_int_equal(truncate(machine->password, 6), 0);
	assert_int_equal(open_fake(machine, TURNS(OPENS), &store), -EINVAL);
	assert_int_equal(remove(machine->keys), 0);
	assert_int_equal(open_fake(machine, TURNS(OPENS), &store), -EINVAL);
	scratch_write(&machine->scratch, "keys", 0600, A_KEY "\n");
	machine->config.session.store_password_file = NULL;
	assert_int_equal(open_fake(machine, TURNS(OPENS), &store), 0);
	store_close(&store);
	assert_int_equal(remove(machine->program), 0);
	assert_int_equal(store_open(&machine->config, &store, &machine->error), -EHOSTUNREACH);
	assert_non_null(strstr(machine->error.text, machine->program));
}

static void opening_may_fail(void **state)
{
	static const struct {
		struct turn turn;
		int result;
		const char *text;
	} rows[] = {
		{{"*", "status=refused\ndetail=WRONGPASS", NULL}, -EACCES, "WRONGPASS"},
		{{"*", "status=invalid\ndetail=no timeout", NULL}, -EINVAL, "no timeout"},
		{{"*", "status=away\ndetail=connecting: refused", NULL}, -EHOSTUNREACH,
			"connecting"},
		{{"*", "status=full", NULL}, -EHOSTUNREACH, "redis.example.com"},
		{{"*", "status=none", NULL}, -EHOSTUNREACH, ""},
		{{"*", "status=okay", NULL}, -EHOSTUNREACH, ""},
		{{"*", "detail=ok", NULL}, -EHOSTUNREACH, ""},
		{{"*", "reason=ok", NULL}, -EHOSTUNREACH, ""},
		{{"*", "status=ok\nstatus=ok", NULL}, -EHOSTUNREACH, ""},
		{{"*", NULL, "printf 'status=ok\\n' >&3; exit 0"}, -EHOSTUNREACH, ""},
		{{"*", NULL, "exit 42"}, -EHOSTUNREACH, ""},
		{{NULL, NULL, "exit 0"}, -EHOSTUNREACH, ""},
		{{NULL, NULL, "kill -9 $$"}, -EHOSTUNREACH, ""},
		{{"*", NULL, "tr '\\0' x </dev/zero >&3"}, -EHOSTUNREACH, ""},
	};
	struct machine *machine = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		STORE_AUTO(store);
		int r = open_fake(machine, TURNS(rows[i].turn), &store);

		if (r != rows[i].result)
			fail_msg("row %zu is %d", i, r);
		assert_non_null(strstr(machine->error.text, rows[i].text));
		assert_null(store.redis);
		assert_int_equal(store.dir, -1);
	}
}

/* What is asked, to the byte, and what the answer means. */
static void each_operation_asks_for_what_it_needs(void **state)
{
	static const struct {
		enum what what;
		const char *hears, *says;
		int64_t got;
	} rows[] = {
		{GET, "op=get\nid=" ID, GOT, 4},
		{FIND, "op=find\nindex=user alice", FOUND, 4},
		{FIND_KEY, "op=find\nindex=key alice " SSH_KEY, FOUND, 4},
		{PUT, "op=put\n" WHICH "\nttl=1\n" LINES, "status=ok\nversion=5", 5},
		{REMOVE, "op=remove\n" WHICH, "status=ok", 0},
		{REMOVE, "op=remove\n" WHICH, "status=none", 0},
		{END, "op=end\n" WHICH "\nttl=1", "status=ok", 0},
		{END, "op=end\n" WHICH "\nttl=1", "status=none", 0},
		{LIST, "op=list", "status=ok\nmore=no", 0},
		{LIST, "op=list", "status=ok\nid=" ID "\nid=" OTHER_ID "\nmore=no", 2},
	};
	struct machine *machine = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		STORE_AUTO(store);
		int64_t got = -1;

		assert_int_equal(open_fake(machine,
					 TURNS(OPENS, {rows[i].hears, rows[i].says, NULL}), &store),
			0);
		int r = try(&store, rows[i].what, &got);
		if (r != 0)
			fail_msg("row %zu is %d", i, r);
		assert_int_equal(got, rows[i].got);
	}
}

/* It lasts as long as the session, by whose clock does not matter much. */
static void it_expires_with_its_session(void **state)
{
	struct machine *machine = *state;
	STORE_AUTO(store);
	SESSION_AUTO(session);

	assert_int_equal(open_fake(machine,
				 TURNS(OPENS,
					 {"op=put*\nttl=8[0-9][0-9][0-9][0-9]\n*",
						 "status=ok\nversion=5", NULL},
					 {"op=end*\nttl=8[0-9][0-9][0-9][0-9]", "status=ok", NULL}),
				 &store),
		0);
	session = made();
	session.ends = clock_wall_s() + 89999;
	assert_int_equal(store_put(&store, &session), 0);
	assert_int_equal(store_end(&store, &session), 0);
}

static void every_status_means_something(void **state)
{
	static const struct {
		const char *status;
		int result[ALL]; /* get, find, find by key, put, remove, end, list, lock */
	} rows[] = {
#define EACH(E) {E, E, E, E, E, E, E, E}
		{"none", {-ENOENT, -ENOENT, -ENOENT, -ENOENT, 0, 0, -ENOENT, -ENOENT}},
		{"ended", {-EKEYREVOKED, -EBADMSG, -EBADMSG, -EKEYREVOKED, -EKEYREVOKED,
				  -EKEYREVOKED, -EKEYREVOKED, -EKEYREVOKED}},
		{"stale", EACH(-ESTALE)},
		{"damaged", EACH(-EBADMSG)},
		{"away", EACH(-EHOSTUNREACH)},
		{"refused", EACH(-EACCES)},
		{"full", EACH(-ENOSPC)},
		{"invalid", EACH(-EINVAL)},
#undef EACH
	};
	struct machine *machine = *state;
	char hears[32], says[64];

	for (size_t i = 0; i < COUNT(rows); i++)
		for (enum what what = 0; what < ALL; what++) {
			STORE_AUTO(store);
			int64_t got = -1;

			snprintf(hears, sizeof(hears), "op=%s*", names[what]);
			snprintf(says, sizeof(says), "status=%s\ndetail=d", rows[i].status);
			/* it is an answer: the conversation goes on */
			assert_int_equal(
				open_fake(machine,
					TURNS(OPENS, {hears, says, NULL}, {"op=get*", GOT, NULL}),
					&store),
				0);
			int r = try(&store, what, &got);
			if (r != rows[i].result[what])
				fail_msg("%s to %s is %d", rows[i].status, names[what], r);
			assert_int_equal(try(&store, GET, &got), 0);
		}
}

/* What comes back is the session that was asked for, or none. */
static void another_session_is_none(void **state)
{
	static const struct {
		enum what what;
		const char *says;
		int result;
	} rows[] = {
		/* under another's name */
		{GET,
			"status=ok\nversion=4\nline=id=" OTHER_ID
			"\n" LINE_WHO LINE_IDP LINE_END LINE_REST,
			-EBADMSG},
		{FIND,
			"status=ok\nversion=4\n" LINE_ID
			"line=user=mallory\nline=host=build7\n" LINE_IDP LINE_END LINE_REST
			"\nid=" ID,
			-EBADMSG},
		{FIND_KEY,
			"status=ok\nversion=4\n" LINE_ID "line=user=alice\nline=host=build7\n"
			"line=ssh_key=ssh-ed25519 BBBB\n" LINE_IDP LINE_END LINE_REST "\nid=" ID,
			-EBADMSG},
		{FIND_KEY,
			"status=ok\nversion=4\n" LINE_ID
			"line=user=alice\nline=host=build7\n" LINE_IDP LINE_END LINE_REST
			"\nid=" ID,
			-EBADMSG},
		/* it is over */
		{GET,
			"status=ok\nversion=4\n" LINE_ID LINE_WHO LINE_IDP
			"line=created=0\nline=verified=0\nline=ends=1000\nline=token_iat=0\n"
			"line=auth_time=-1\nline=access_ends=0\nline=renewals=0\n" LINE_REST,
			-ENOENT},
		{FIND,
			"status=ok\nversion=4\n" LINE_ID LINE_WHO LINE_IDP
			"line=created=0\nline=verified=0\nline=ends=1000\nline=token_iat=0\n"
			"line=auth_time=-1\nline=access_ends=0\nline=renewals=0\n" LINE_REST
			"\nid=" ID,
			-ENOENT},
		/* it is none */
		{GET, "status=ok\nversion=4", -EBADMSG},
		{GET, "status=ok\nversion=4\nline=", -EBADMSG},
		{GET, "status=ok\nversion=4\n" LINES "\nline=x", -EBADMSG},
		{GET, "status=ok\nversion=4\n" LINES "\nline=spending=maybe", -EBADMSG},
		{GET, "status=ok\nversion=4\n" LINE_ID LINE_WHO LINE_IDP LINE_REST, -EBADMSG},
		{GET, "status=ok\nversion=4\n" LINES "\nline=\n" LINES, -EBADMSG},
		/* in no version */
		{GET, "status=ok\n" LINES, -EHOSTUNREACH},
		{GET, "status=ok\nversion=0\n" LINES, -EHOSTUNREACH},
		{GET, "status=ok\nversion=-4\n" LINES, -EHOSTUNREACH},
		{GET, "status=ok\nversion=04\n" LINES, -EHOSTUNREACH},
		{PUT, "status=ok", -EHOSTUNREACH},
		{PUT, "status=ok\nversion=x", -EHOSTUNREACH},
	};
	struct machine *machine = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		STORE_AUTO(store);
		int64_t got = -1;

		assert_int_equal(
			open_fake(machine, TURNS(OPENS, {"*", rows[i].says, NULL}), &store), 0);
		int r = try(&store, rows[i].what, &got);
		if (r != rows[i].result)
			fail_msg("row %zu is %d", i, r);
	}
}

/* After what makes no sense there is no store any more, and nobody waits for it. */
static void nonsense_ends_it_at_once(void **state)
{
	static const struct {
		enum what what;
		struct turn turn;
	} rows[] = {
		{GET, {"*", "status=fine", NULL}},
		{GET, {"*", "version=4\n" LINES, NULL}},
		{GET, {"*", "event=result\nreason=ok", NULL}},
		{GET, {"*", NULL, "exit 0"}},
		{GET, {"*", NULL, "kill -9 $$"}},
		{GET, {"*", NULL, "printf 'status=ok\\nversion=4\\n' >&3; exit 42"}},
		{GET, {"*", NULL, "tr '\\0' x </dev/zero >&3"}},
		{GET, {"*", NULL, "printf 'line=\\001\\n\\n' >&3"}},
		{PUT, {NULL, NULL, "exit 0"}},
		{LIST, {"*", "status=ok\nid=" ID, NULL}},
		{LIST, {"*", "status=ok\nid=" ID "\nmore=maybe", NULL}},
		{LIST, {"*", "status=ok\nid=../../etc/shadow\nmore=no", NULL}},
		{LIST, {"*", "status=ok\nid=" ID "\nmore=yes", "exit 0"}},
		{LOCK, {"*", "status=mine", NULL}},
	};
	struct machine *machine = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		STORE_AUTO(store);
		int64_t got = -1;

		assert_int_equal(
			open_fake(machine, TURNS(OPENS, rows[i].turn, {"*", GOT, NULL}), &store),
			0);
		assert_int_equal(try(&store, rows[i].what, &got), -EHOSTUNREACH);
		for (enum what what = 0; what < ALL; what++)
			assert_int_equal(try(&store, what, &got), -EHOSTUNREACH);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
}

/* A program that says nothing, also not when it is told to end, costs its time and no more. */
static void who_hangs_is_killed(void **state)
{
	static const struct turn hangs = {
		NULL, NULL, "trap '' TERM HUP; while :; do sleep 1000 3<&-; done"};
	struct machine *machine = *state;

	for (enum what what = 0; what < ALL; what++) {
		STORE_AUTO(store);
		int64_t got = -1;

		assert_int_equal(open_fake(machine, TURNS(OPENS, hangs), &store), 0);
		hurry_s = PATIENT + 100;
		int r = try(&store, what, &got);
		hurry_s = 0;
		assert_int_equal(r, -EHOSTUNREACH);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(try(&store, GET, &got), -EHOSTUNREACH);
	}
	STORE_AUTO(store);
	assert_int_equal(open_fake(machine, TURNS(OPENS, hangs), &store), 0);
	store_close(&store);
	machine->config.session.store_timeout = 0;
	assert_int_equal(open_fake(machine, TURNS(hangs), &store), -EHOSTUNREACH);
}

static void a_list_comes_in_parts(void **state)
{
	struct machine *machine = *state;
	STORE_AUTO(store);
	STRLIST_AUTO(ids);

	assert_int_equal(
		open_fake(machine,
			TURNS(OPENS, {"op=list", "status=ok\nid=" ID "\nmore=yes", NULL},
				{NULL, "status=ok\nmore=yes", NULL},
				{NULL, "status=ok\nid=" OTHER_ID "\nmore=no", NULL},
				{"op=list", "status=ok\nid=" ID "\nmore=yes", NULL},
				{NULL, "status=away\nmore=no", NULL}, {"op=get*", GOT, NULL}),
			&store),
		0);
	assert_int_equal(store_list(&store, &ids), 0);
	assert_int_equal(ids.n, 2);
	assert_string_equal(ids.items[0], ID);
	assert_string_equal(ids.items[1], OTHER_ID);
	/* one that breaks off is none, and the next question gets its own answer */
	int64_t got = -1;
	assert_int_equal(try(&store, LIST, &got), -EHOSTUNREACH);
	assert_int_equal(try(&store, GET, &got), 0);
}

/* 30 s, and five operations of whoever is PATIENT. */
#define LOCK_MS "3032500"
#define OWNER   "owner=????????????????????????????????"

static void who_waits_for_a_lock_asks_again(void **state)
{
	/* the same owner each time, and the lock goes back as who took it */
	static const char remembers[] = "first=$heard";
	static const char compares[] = "[ \"$heard\" = \"$first\" ] || exit 1";
	static const char differs[] = "[ \"$heard\" != \"$first\" ] || exit 1";
	static const char gives_back[] = "[ \"op=lock${heard#op=unlock}\nttl_ms=" LOCK_MS
					 "\" = \"$first\" ] || exit 1";
	struct machine *machine = *state;
	STORE_AUTO(store);
	struct store_lock lock, second;
	int64_t got = -1;

	assert_int_equal(
		open_fake(machine,
			TURNS(OPENS,
				{"op=lock\nid=" ID "\n" OWNER "\nttl_ms=" LOCK_MS, "status=locked",
					remembers},
				{"op=lock*", "status=locked", compares},
				{"op=lock*", "status=ok", compares},
				{"op=unlock*", NULL, gives_back}, {NULL, "status=ok", NULL},
				{"op=lock*", "status=locked", differs},
				{"op=lock*", "status=ok", NULL}, {"op=get*", "status=away", NULL},
				{"op=get*", GOT, NULL}),
			&store),
		0);
	assert_int_equal(store_lock(&store, ID, clock_monotonic_ms() + 600000, &lock), 0);
	assert_int_equal(lock.fd, -1);
	assert_true(session_id_valid(lock.owner));
	store_unlock(&store, &lock);
	/* who does not want to wait does not */
	assert_int_equal(store_lock(&store, ID, 0, &second), -ETIMEDOUT);
	/* while Redis is away, nobody waits to give one back: it goes by itself */
	assert_int_equal(store_lock(&store, ID, 0, &second), 0);
	assert_int_equal(try(&store, GET, &got), -EHOSTUNREACH);
	store_unlock(&store, &second);
	assert_int_equal(try(&store, GET, &got), 0);
}

static void secrets_are_wiped(void **state)
{
	static const char *const secrets[] = {
		A_KEY,
		"password=hush!",
		"line=refresh_token=rt-1",
		"\nrefresh_token=rt-1\n",
	};
	struct machine *machine = *state;

	for (size_t i = 0; i < COUNT(secrets); i++) {
		STORE_AUTO(store);
		int64_t got = -1;

		scratch_write(&machine->scratch, "password", 0600, "hush!\n");
		machine->config.session.store_password_file = machine->password;
		wiped_forget();
		assert_int_equal(
			open_fake(machine, TURNS(OPENS, {"op=get*", GOT, NULL}), &store), 0);
		assert_int_equal(try(&store, GET, &got), 0);
		assert_true(wiped_has(secrets[i]));
	}
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(it_is_opened_with_what_is_configured),
		TEST(what_makes_no_sense_is_not_tried),
		TEST(opening_may_fail),
		TEST(each_operation_asks_for_what_it_needs),
		TEST(it_expires_with_its_session),
		TEST(every_status_means_something),
		TEST(another_session_is_none),
		TEST(nonsense_ends_it_at_once),
		TEST(who_hangs_is_killed),
		TEST(a_list_comes_in_parts),
		TEST(who_waits_for_a_lock_asks_again),
		TEST(secrets_are_wiped),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
