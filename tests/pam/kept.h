/*
 * kept: what the tests of sessions share: their configuration, the transcripts of a sign-in and of
 * a renewal, and a look into the store and the bindings.
 *
 * The process of the test is the host, and the login: what it opened, it is inside of.
 */
#ifndef KEPT_H
#define KEPT_H

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "binding.h"
#include "clock.h"
#include "stage.h"
#include "store.h"

#define KEY_ONE "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHJlYWwga2V5IG9mIGEgcmVhbCBwZXJzb24h"
#define KEY_TWO "ssh-rsa AAAA"

/* A host that is sshd, of VERIFIED: what SSH_AUTH_INFO_0 says. */
#define SSHD_WITH(VERIFIED)                                                                        \
	.user = "alice", .service = "sshd", .tty = "ssh", .rhost = "192.0.2.10",                   \
	.environment = {                                                                           \
		"SSH_CONNECTION=192.0.2.10 40000 192.0.2.1 22", "SSH_AUTH_INFO_0=" VERIFIED}

#define SAY_TOKENS(N)                                                                              \
	"say access_token=at-" N "\nsay access_expires_in=300\nsay refresh_token=rt-" N            \
	"\nsay token_iat=100" N "\n"
#define SAY_ALICE SAY_WHO "say claim=preferred_username=alice\n"
#define SIGN_IN                                                                                    \
	"request\nexpect job=login\nexpect tokens=yes\n" SAY_RESULT(                               \
		SAY_ALICE SAY_TOKENS("1")) "exit 42\n"
/* A worker that is asked to renew with the token of the sign-in. Each run of it is noted
 * in the folder `asked`. */
#define ASKED_TO_RENEW                                                                             \
	"request\nexpect job=refresh\nsay event=ready\nsay\nitem\nexpect refresh_token=rt-1\n"     \
	"expect sub=248289761001\nexpect auth_time=-1\nexpect token_iat=1001\nnote asked\n"
#define ANSWER(FIELDS)                                                                             \
	ASKED_TO_RENEW "renewed\n" FIELDS "say\n" SAY_RESULT("say reason=ok\n") "exit 42\n"
#define RENEW                  ANSWER(SAY_ALICE SAY_TOKENS("2"))
#define REFUSE(REASON, FIELDS) ANSWER("say reason=" REASON "\n" FIELDS)
/* A person who is asked, and says no. */
#define ASKED "request\nexpect job=login\n" SAY_REASON("access-denied") "exit 0\n"

/* Sessions are kept; EXTRA goes on in the section [session]. */
static inline void kept_configure(struct stage *stage, const char *extra)
{
	char text[1024];

	snprintf(text, sizeof(text), "[session]\nkeep = yes\ndirectory = %s/store\n%s",
		stage->folder, extra);
	stage_configure(stage, text);
}

/* The same where the person gets their token. */
static inline void kept_configure_token(struct stage *stage)
{
	char extra[256];

	snprintf(extra, sizeof(extra), "access_token_file = yes\ntoken_directory = %s/tokens\n",
		stage->folder);
	kept_configure(stage, extra);
}

static inline const char *kept_path(const struct stage *stage, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", stage->folder, name);
	return path;
}

static inline void kept_open(const struct stage *stage, struct store *ret)
{
	CONFIG_AUTO(config);
	struct config_error error;

	assert_int_equal(config_load(stage->config, "login", &config, &error), 0);
	assert_int_equal(store_open(&config, ret, &error), 0);
}

/* How many sessions there are; the first is *ret. */
static inline size_t kept_look(const struct stage *stage, struct session *ret)
{
	STORE_AUTO(store);
	STRLIST_AUTO(ids);

	session_free(ret);
	*ret = (struct session){0};
	kept_open(stage, &store);
	assert_int_equal(store_list(&store, &ids), 0);
	if (ids.n > 0)
		assert_int_equal(store_get(&store, ids.items[0], clock_wall_s(), ret), 0);
	return ids.n;
}

static inline size_t kept_count(const struct stage *stage)
{
	SESSION_AUTO(session);

	return kept_look(stage, &session);
}

/* Changes the one session that there is. */
static inline void kept_change(const struct stage *stage, void (*change)(struct session *session))
{
	STORE_AUTO(store);
	SESSION_AUTO(session);

	assert_int_equal(kept_look(stage, &session), 1);
	change(&session);
	kept_open(stage, &store);
	assert_int_equal(store_put(&store, &session), 0);
}

/* What the process PID is a login of. Returns 0 or -ENOENT. */
static inline int kept_binding(const struct stage *stage, pid_t pid, struct binding *ret)
{
	BINDINGS_AUTO(bindings);
	struct process process;

	assert_int_equal(process_look(pid, &process, NULL), 0);
	assert_int_equal(bindings_open(kept_path(stage, "store"), &bindings), 0);
	return binding_get(&bindings, &process, ret);
}

/* The state of the binding of the process PID, or -1. */
static inline int kept_state(const struct stage *stage, pid_t pid)
{
	BINDING_AUTO(binding);

	return kept_binding(stage, pid, &binding) == 0 ? (int)binding.state : -1;
}

/* Changes the binding of this process; the earlier one goes. */
static inline void kept_rebind(const struct stage *stage, void (*change)(struct binding *binding))
{
	BINDINGS_AUTO(bindings);
	BINDING_AUTO(binding);

	assert_int_equal(kept_binding(stage, getpid(), &binding), 0);
	assert_int_equal(bindings_open(kept_path(stage, "store"), &bindings), 0);
	assert_int_equal(binding_remove(&bindings, &binding.process), 0);
	change(&binding);
	assert_int_equal(binding_put(&bindings, &binding), 0);
}

/* Somebody signs in, and their login opens. */
static inline void kept_sign_in(struct stage *stage, const struct scene *scene)
{
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, scene), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
}

/* How often a worker noted that it was asked, from kept_asked_reset() on. */
static inline void kept_asked_reset(const struct stage *stage)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %s/asked && mkdir -m 0777 %s/asked",
		stage->folder, stage->folder);
	assert_int_equal(system(command), 0);
}

static inline size_t kept_asked(const struct stage *stage)
{
	DIR *folder = opendir(kept_path(stage, "asked"));
	size_t n = 0;

	assert_non_null(folder);
	for (const struct dirent *entry; (entry = readdir(folder));)
		n += entry->d_name[0] != '.';
	closedir(folder);
	return n;
}

/* For the next row of a table. */
static inline void kept_forget(struct stage *stage)
{
	char command[256];

	stage_end(stage);
	snprintf(command, sizeof(command), "rm -rf %s/store %s/tokens", stage->folder,
		stage->folder);
	assert_int_equal(system(command), 0);
}

#endif
