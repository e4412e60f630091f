#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* The machine's log and user database, as the module sees them. */

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_text[256 * 1024];
static size_t log_len;

void __syslog_chk(int priority, int flag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void __vsyslog_chk(int priority, int flag, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

void __attribute__((format(printf, 2, 0))) vsyslog(int priority, const char *format, va_list args)
{
	(void)priority;
	pthread_mutex_lock(&log_lock);
	size_t room = sizeof(log_text) - log_len;
	int n = vsnprintf(log_text + log_len, room, format, args);
	if (n > 0 && (size_t)n + 1 < room) {
		log_len += (size_t)n;
		log_text[log_len++] = '\n';
		log_text[log_len] = '\0';
	}
	pthread_mutex_unlock(&log_lock);
}

void __attribute__((format(printf, 2, 3))) syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsyslog(priority, format, args);
	va_end(args);
}

void __vsyslog_chk(int priority, int flag, const char *format, va_list args)
{
	(void)flag;
	vsyslog(priority, format, args);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	vsyslog(priority, format, args);
	va_end(args);
}

/* The machine's locale. */

static const char *locale_path = "/nonexistent";

void stage_locale(const char *path)
{
	locale_path = path;
}

const char *stage_path(const char *path)
{
	bool locale = strcmp(path, "/etc/locale.conf") == 0 ||
		      strcmp(path, "/etc/default/locale") == 0;

	return locale ? locale_path : path;
}

__attribute__((weak)) int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return openat(AT_FDCWD, stage_path(path), flags, mode);
}

const char *stage_log(void)
{
	return log_text;
}

bool stage_logged(const char *text)
{
	return strstr(log_text, text);
}

static atomic_int skipped;

void stage_skip(int seconds)
{
	atomic_fetch_add(&skipped, seconds);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	if (r == 0 && clock == CLOCK_MONOTONIC)
		ret->tv_sec += atomic_load(&skipped);
	return r;
}

static const struct stage_user {
	const char *name, *shell;
	unsigned int id; /* of the user and of the group */
} users[] = {
	{"alice", "/bin/bash", 1000},
	{"bob", "/bin/sh", 1001},
	{"deploy", "/bin/sh", 1002},
	{"noshell", "/usr/sbin/nologin", 1003},
	{"daemon", "/bin/sh", 2},
	{"root", "/bin/bash", 0},
	{"nobody", "/bin/sh", 65534},
	{"pam_sso", "/bin/false", 65533},
	{"unset", "/bin/false", UINT_MAX},
};

/* Answers in any letter case, as some directory services do. "wide" needs much memory, "broken" is
 * a database that fails, as it does for what looks like a path. */
int getpwnam_r(const char *name, struct passwd *entry, char *memory, size_t size,
	struct passwd **ret_found)
{
	*ret_found = NULL;
	if (strcmp(name, "broken") == 0 || strchr(name, '/'))
		return EIO;
	if (strcmp(name, "wide") == 0)
		return ERANGE;
	for (unsigned int i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		const struct stage_user *user = &users[i];

		if (strcasecmp(user->name, name) != 0)
			continue;
		int n = snprintf(memory, size, "%s%c%s", user->name, 0, user->shell);
		if (n < 0 || (size_t)n >= size)
			return ERANGE;
		*entry = (struct passwd){.pw_name = memory,
			.pw_uid = user->id,
			.pw_gid = user->id,
			.pw_shell = memory + strlen(user->name) + 1};
		*ret_found = entry;
		return 0;
	}
	return 0;
}

/* Files */

const char *stage_build(void)
{
	static char folder[512];

	if (!*folder) {
		ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

		assert_true(n > 0);
		folder[n] = '\0';
		for (int up = 0; up < 3; up++)
			*strrchr(folder, '/') = '\0';
	}
	return folder;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

bool stage_memory_is_anothers(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return true;
#else
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "valgrind");
#endif
}

void stage_write(const char *path, const char *text, unsigned int mode)
{
	(void)unlink(path);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void stage_config_text(const struct stage *stage, const char *extra, char *out, size_t size)
{
	int n = snprintf(out, size,
		"[network]\nworker = %s\nworker_user = pam_sso\n"
		"[limits]\nlimits_directory = %s/limits\n%s"
		"[provider]\nissuer = " STAGE_ISSUER "\nclient_id = machine\n%s",
		stage->worker, stage->folder, stage->limits, extra);

	assert_in_range(n, 1, size - 1);
}

void stage_configure(struct stage *stage, const char *extra)
{
	char text[16384];

	stage_config_text(stage, extra, text, sizeof(text));
	stage_write(stage->config, text, 0644);
}

void stage_transcript(struct stage *stage, const char *transcript)
{
	char text[65536];
	int n = snprintf(
		text, sizeof(text), "#!%s/tests/pam/fake_worker\n%s", stage_build(), transcript);

	assert_in_range(n, 1, sizeof(text) - 1);
	stage_write(stage->worker, text, 0755);
}

static void write_stack(struct stage *stage, const char *service)
{
	static const char *const phases[][2] = {{"auth", "auth=cred_expired cred=success"},
		{"account", "acct=cred_expired"}, {"session", ""},
		{"password", "prechauthtok=cred_expired chauthtok=cred_expired"}};
	char path[160], text[4096] = "";

	for (unsigned int i = 0; i < 4; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len,
			"%s [success=done ignore=ignore default=die] %s/pam_sso.so conf=%s debug\n"
			"%s [default=die] pam_debug.so %s\n",
			phases[i][0], stage_build(), stage->config, phases[i][0], phases[i][1]);
	}
	snprintf(path, sizeof(path), "%s/%s", stage->stack, service);
	stage_write(path, text, 0644);
}

int stage_setup(void **state)
{
	static const char *const services[] = {"login", "sshd", "sudo", "sudo-i", "su", "cron"};
	struct stage *stage = calloc(1, sizeof(*stage));

	assert_non_null(stage);
	strcpy(stage->folder, "/tmp/pam_sso-test-XXXXXX");
	assert_non_null(mkdtemp(stage->folder));
	assert_int_equal(chmod(stage->folder, 0755), 0);
	snprintf(stage->config, sizeof(stage->config), "%s/pam_sso.conf", stage->folder);
	snprintf(stage->worker, sizeof(stage->worker), "%s/worker", stage->folder);
	snprintf(stage->stack, sizeof(stage->stack), "%s/pam.d", stage->folder);
	assert_int_equal(mkdir(stage->stack, 0755), 0);
	for (unsigned int i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		write_stack(stage, services[i]);
	stage->limits = "pending_user = 0\npending_address = 0\npending_total = 1000\n"
			"rate_user = 0\nrate_address = 0\nrate_total = 0\n";
	stage_configure(stage, "");
	stage_transcript(stage, APPROVE);
	*state = stage;
	return 0;
}

int stage_teardown(void **state)
{
	struct stage *stage = *state;
	char command[128];

	stage_end(stage);
	snprintf(command, sizeof(command), "rm -rf %s", stage->folder);
	int r = system(command);
	/* Nothing of ours runs on: there is no child left that could be waited for. */
	pid_t left = waitpid(-1, NULL, WNOHANG);
	free(stage);
	return r == 0 && left == -1 && errno == ECHILD ? 0 : -1;
}

/* The host */

static void note_message(struct stage *stage, const struct pam_message *message)
{
	size_t len = strlen(stage->shown);

	snprintf(stage->shown + len, sizeof(stage->shown) - len, "%s\n", message->msg);
	stage->prompts += message->msg_style == PAM_PROMPT_ECHO_ON ||
			  message->msg_style == PAM_PROMPT_ECHO_OFF;
	stage->texts += message->msg_style == PAM_TEXT_INFO;
	stage->errors += message->msg_style == PAM_ERROR_MSG;
}

/* The answer to the prompt that was noted last. */
static char *answer_of(const struct stage *stage)
{
	enum { HUGE_ANSWER = 64 * 1024 };
	const struct scene *scene = stage->scene;
	size_t n_lines = sizeof(scene->lines) / sizeof(scene->lines[0]);
	size_t nth = stage->prompts - 1;
	char *answer;

	switch (scene->talk) {
	case TALK_NO_TEXT: return NULL;
	case TALK_TEXT: return strdup("hunter2");
	case TALK_LINES: return strdup(nth < n_lines && scene->lines[nth] ? scene->lines[nth] : "");
	case TALK_HUGE:
		answer = malloc(HUGE_ANSWER + 1);
		memset(answer, 'a', HUGE_ANSWER);
		answer[HUGE_ANSWER] = '\0';
		return answer;
	default: return strdup("");
	}
}

static int converse(
	int n, const struct pam_message **messages, struct pam_response **ret_reply, void *data)
{
	struct stage *stage = data;
	enum talk talk = stage->scene->talk;

	for (int i = 0; i < n; i++)
		note_message(stage, messages[i]);
	if (stage->scene->meanwhile)
		stage->scene->meanwhile(stage);
	if (talk == TALK_FAIL_WILD)
		*ret_reply = (struct pam_response *)(uintptr_t)0x10;
	if (talk == TALK_FAIL || talk == TALK_FAIL_WILD)
		return PAM_CONV_ERR;
	if (talk == TALK_NULL) {
		*ret_reply = NULL;
		return PAM_SUCCESS;
	}
	struct pam_response *reply = calloc((size_t)n, sizeof(*reply));
	if (!reply)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON)
			reply[i].resp = answer_of(stage);
	*ret_reply = reply;
	return PAM_SUCCESS;
}

static void set_item(pam_handle_t *pamh, int type, const char *value, const char *fallback)
{
	value = value ? value : fallback;
	if (value && *value)
		assert_int_equal(pam_set_item(pamh, type, value), PAM_SUCCESS);
}

void stage_start(struct stage *stage, const struct scene *scene)
{
	const struct pam_conv conv = {
		.conv = scene->talk == TALK_MISSING ? NULL : converse, .appdata_ptr = stage};

	stage_end(stage);
	pthread_mutex_lock(&log_lock);
	log_len = 0;
	log_text[0] = '\0';
	pthread_mutex_unlock(&log_lock);
	stage->shown[0] = '\0';
	stage->prompts = stage->texts = stage->errors = 0;
	stage->scene = scene;
	assert_int_equal(
		pam_start_confdir(scene->service ? scene->service : "login",
			scene->user ? scene->user : "alice", &conv, stage->stack, &stage->pamh),
		PAM_SUCCESS);
	set_item(stage->pamh, PAM_TTY, scene->tty, "tty1");
	set_item(stage->pamh, PAM_RHOST, scene->rhost, NULL);
	set_item(stage->pamh, PAM_RUSER, scene->ruser, NULL);
	for (unsigned int i = 0; i < 2; i++)
		if (scene->environment[i])
			pam_putenv(stage->pamh, scene->environment[i]);
}

int stage_authenticate(struct stage *stage, const struct scene *scene)
{
	stage_start(stage, scene);
	stage->code = pam_authenticate(stage->pamh, scene->flags);
	return stage->code;
}

void stage_end(struct stage *stage)
{
	if (stage->pamh)
		pam_end(stage->pamh, stage->code);
	stage->pamh = NULL;
}
