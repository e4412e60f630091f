/*
 * renewing: sessions in a store of the test's own, and a worker that plays its side of a refresh. A
 * step that fails ends the test.
 *
 * The worker is a shell script, which cannot write to files, but make them. `next` takes one record
 * (the request is taken already) and sets $id and $token; it fails where there is none any more. What
 * it was sent are the files `sent.ID.TOKEN`, which it does not make twice; a worker that was started
 * is a file `started.PID`. It is ready for items before the script begins, unless that begins with
 * `!`.
 */
#ifndef PAM_SSO_TEST_RENEWING_H
#define PAM_SSO_TEST_RENEWING_H

#include <dirent.h>

#include "clock.h"
#include "renew.h"
#include "scratch.h"
#include "wire.h"

#define ISSUER "https://idp.example.com"

/* Pieces of scripts. `answer` says REASON of the last item, and what more is given. */
#define SAY_DONE       "say 'event=result\\nreason=ok\\n\\n'; exit 42\n"
#define SAY_NO(REASON) "say 'event=result\\nreason=" REASON "\\ndetail=told\\n\\n'; exit 0\n"
#define ANSWER_OK                                                                                  \
	"answer ok iss=" ISSUER " sub=24 access_token=a2 access_expires_in=300 token_iat=2000 "    \
	"acr=high refresh_token=${token}+\n"
#define ANSWER_ALL(WHAT) "while next; do " WHAT "\ndone\n" SAY_DONE

struct renewing {
	struct scratch scratch;
	struct config config;
	struct store store;
	struct bindings bindings;
	struct renew renew;
};

static inline char *copy_of(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	return copy;
}

static inline void renewing_script(struct renewing *renewing, const char *script)
{
	char text[3072];

	snprintf(text, sizeof(text),
		"cd %s; set -C; : >started.$$\n"
		"next() { id= token=\n"
		"while read -r line <&3 && [ \"$line\" ]; do case $line in\n"
		"id=*) id=${line#*=};; refresh_token=*) token=${line#*=};;\n"
		"esac; done; [ \"$id\" ] && : >sent.$id.$token; }\n"
		"say() { printf \"$@\" >&3; }\n"
		"answer() { printf 'event=renewed\\nid=%%s\\nreason=%%s\\n' $id $1 >&3\n"
		"shift; printf '%%s\\n' \"$@\" '' >&3; }\n"
		"next; %s\n%s",
		renewing->scratch.path, *script == '!' ? "" : "say 'event=ready\\n\\n'",
		*script == '!' ? script + 1 : script);
	(void)scratch_script(&renewing->scratch, "worker", text);
}

static inline void renewing_begin(struct renewing *renewing)
{
	struct config_error error = {0};

	*renewing = (struct renewing){.store = {.dir = -1}, .bindings = {.dir = -1}};
	scratch_begin(&renewing->scratch);
	renewing->config.token.max_age = CONFIG_NO_AGE;
	renewing->config.provider.issuer = copy_of(ISSUER);
	renewing->config.provider.client_id = copy_of("host");
	renewing->config.session.directory = copy_of(scratch_path(&renewing->scratch, "store"));
	renewing->config.session.token_directory = copy_of(
		scratch_path(&renewing->scratch, "tokens"));
	renewing->config.network.connect_timeout = renewing->config.network.request_timeout = 1;
	renewing->config.network.worker = copy_of(scratch_path(&renewing->scratch, "worker"));
	assert_int_equal(store_open(&renewing->config, &renewing->store, &error), 0);
	assert_int_equal(bindings_open(renewing->config.session.directory, &renewing->bindings), 0);
	renewing->renew = (struct renew){.store = &renewing->store,
		.bindings = &renewing->bindings,
		.config = &renewing->config,
		.at_most = RENEW_ALWAYS,
		.seen = RENEW_ALWAYS};
}

static inline void renewing_end(struct renewing *renewing)
{
	bindings_close(&renewing->bindings);
	store_close(&renewing->store);
	config_free(&renewing->config);
	scratch_end(&renewing->scratch);
}

/* A session that was verified AGE seconds ago; its refresh token is `r`. */
static inline struct session renewing_session(const char *id, int64_t age)
{
	int64_t now = clock_wall_s();
	struct session session = {.user = copy_of("alice"),
		.host = copy_of("machine"),
		.iss = copy_of(ISSUER),
		.sub = copy_of("24"),
		.client_id = copy_of("host"),
		.created = now - age,
		.verified = now - age,
		.ends = now + 3600,
		.auth_time = -1,
		.access_ends = -1};

	assert_int_equal(strlen(id), SESSION_ID);
	memcpy(session.id, id, sizeof(session.id));
	assert_int_equal(session_add_service(&session, "sshd"), 0);
	assert_int_equal(secret_set(&session.refresh_token, "r", 1), 0);
	return session;
}

static inline void renewing_put(struct renewing *renewing, struct session *session)
{
	assert_int_equal(store_put(&renewing->store, session), 0);
	session_free(session);
}

/* How many files in the scratch directory begin so. */
static inline int renewing_count(struct renewing *renewing, const char *beginning)
{
	DIR *dir = opendir(renewing->scratch.path);
	int n = 0;

	assert_non_null(dir);
	for (const struct dirent *entry; (entry = readdir(dir));)
		n += strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
	closedir(dir);
	return n;
}

#endif
