/*
 * sessions: fills a store with sessions, or times what a store does with one.
 *
 *	sessions CONFIG USER fill COUNT
 *	sessions CONFIG USER time ROUNDS
 *
 * CONFIG is a pam_sso.conf, which names the store; USER is whom the sessions are of. A session is
 * as a login through sshd leaves one behind that a public key opened: nobody's process, but not
 * over. The IdP last stood by it an hour ago, and it can be renewed at standin.js.
 *
 * fill	writes COUNT of them.
 * time	prints `size=BYTES`, those of the session's record; then a line a round, `put=NS get=NS
 *	lock=NS`: the time of one store_put(), of one store_get(), and of one store_lock() with its
 *	store_unlock(). Its session is removed at the end.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "session.h"
#include "store.h"
#include "wire.h"

enum {
	BATCH = 50, /* operations a timing */
	HOUR = 3600,
	ACCESS_TOKEN = 800, /* bytes; that of many providers is a JWT */
	LOCK_WAIT_MS = 1000,
	AUTH_TIME = 1700000000, /* what standin.js says */
};

#define SUB     "248289761001" /* whom standin.js knows */
#define SSH_KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

static void require(int holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "sessions: %s failed\n", what);
		exit(1);
	}
}

static char *copied(const char *text)
{
	char *copy = strdup(text);

	require(copy != NULL, "copying a string");
	return copy;
}

/* What the IdP said of the person at the sign-in. */
static void add_facts(struct session *session, const struct config *config, const char *user)
{
	RECORD_AUTO(event);
	char name[256], email[256];
	const struct {
		const char *key, *value;
	} words[] = {
		{"event", WIRE_EVENT_RESULT},
		{"reason", "ok"},
		{"iss", session->iss},
		{"sub", session->sub},
		{"claim", name},
		{"claim", email},
		{"email_verified", WIRE_YES},
		{"groups", WIRE_YES},
		{"group", "staff"},
		{"group", "engineering"},
		{"amr", "pwd"},
		{"amr", "otp"},
	};

	snprintf(name, sizeof(name), "preferred_username=%s", user);
	snprintf(email, sizeof(email), "email=%s@example.org", user);
	event = record_new(wire_event);
	require(event != NULL, "making an event");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		require(record_add(event, words[i].key, words[i].value) == 0, words[i].key);
	require(session_take_facts(session, event, config) == 0, "taking the facts");
}

static void add_tokens(struct session *session)
{
	char access[ACCESS_TOKEN], refresh[SESSION_ID + 3];

	memset(access, 'a', sizeof(access));
	snprintf(refresh, sizeof(refresh), "%s.0", session->id);
	require(secret_set(&session->access_token, access, sizeof(access)) == 0 &&
			secret_set(&session->refresh_token, refresh, strlen(refresh)) == 0,
		"copying a token");
}

static void add_times(struct session *session, int64_t now)
{
	session->created = session->verified = session->token_iat = now - HOUR;
	session->access_ends = now;
	session->ends = now + HOUR;
	session->auth_time = AUTH_TIME;
}

static void make_session(const struct config *config, const char *user, struct session *session)
{
	char host[HOST_NAME_MAX + 1] = "";

	require(gethostname(host, sizeof(host) - 1) == 0, "asking for the machine's name");
	require(session_id_new(session->id) == 0, "making an id");
	session->user = copied(user);
	session->host = copied(host);
	session->rhost = copied("192.0.2.7");
	session->ssh_key = copied(SSH_KEY);
	session->iss = copied(config->provider.issuer);
	session->sub = copied(SUB);
	session->client_id = copied(config->provider.client_id);
	require(session_add_service(session, "sshd") == 0, "naming the service");
	add_times(session, clock_wall_s());
	add_tokens(session);
	add_facts(session, config, user);
}

static void fill(
	const struct store *store, const struct config *config, const char *user, int count)
{
	for (int i = 0; i < count; i++) {
		SESSION_AUTO(session);

		make_session(config, user, &session);
		require(store_put(store, &session) == 0, "storing a session");
	}
}

static void put(const struct store *store, struct session *session)
{
	require(store_put(store, session) == 0, "storing the session");
}

static void get(const struct store *store, struct session *session)
{
	SESSION_AUTO(got);

	require(store_get(store, session->id, clock_wall_s(), &got) == 0, "reading the session");
}

static void lock(const struct store *store, struct session *session)
{
	struct store_lock taken;
	int64_t deadline = clock_monotonic_ms() + LOCK_WAIT_MS;

	require(store_lock(store, session->id, deadline, &taken) == 0, "locking the session");
	store_unlock(store, &taken);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t time_of(void (*operation)(const struct store *, struct session *),
	const struct store *store, struct session *session)
{
	int64_t begin = now_ns();

	for (int i = 0; i < BATCH; i++)
		operation(store, session);
	return (now_ns() - begin) / BATCH;
}

static void print_size(const struct session *session)
{
	BUF_AUTO(bytes, RECORD_MAX);

	require(session_format(session, &bytes) == 0, "formatting the session");
	printf("size=%zu\n", bytes.len);
}

static void time_operations(
	const struct store *store, const struct config *config, const char *user, int rounds)
{
	SESSION_AUTO(session);

	make_session(config, user, &session);
	print_size(&session);
	for (int i = 0; i < rounds; i++) {
		int64_t of_put = time_of(put, store, &session);
		int64_t of_get = time_of(get, store, &session);
		int64_t of_lock = time_of(lock, store, &session);

		printf("put=%jd get=%jd lock=%jd\n", (intmax_t)of_put, (intmax_t)of_get,
			(intmax_t)of_lock);
	}
	require(store_remove(store, &session) == 0, "removing the session");
}

int main(int argc, char **argv)
{
	CONFIG_AUTO(config);
	STORE_AUTO(store);
	struct config_error error = {0};

	if (argc != 5 || (strcmp(argv[3], "fill") != 0 && strcmp(argv[3], "time") != 0)) {
		fprintf(stderr, "usage: sessions CONFIG USER fill|time NUMBER\n");
		return 2;
	}
	require(config_load(argv[1], "", &config, &error) == 0, error.text);
	require(store_open(&config, &store, &error) == 0, error.text);
	if (strcmp(argv[3], "fill") == 0)
		fill(&store, &config, argv[2], atoi(argv[4]));
	else
		time_operations(&store, &config, argv[2], atoi(argv[4]));
	return 0;
}
