/*
 * login: a host that asks PAM once, and says what that cost.
 *
 *	login CONFDIR SERVICE USER PASSWORD [COMMAND [ARGUMENT...]]
 *
 * Prints `ready`, waits for a line (so that its memory can be looked at before PAM is in it), runs
 * pam_start_confdir(), pam_authenticate() and pam_end(), and prints
 *
 *	code=N wall_ns=N self_ns=N children_ns=N children_peak_kb=N
 *
 * where self and children are CPU time, user and system, of this process and of those it waited for
 * (from the fork on), and the peak is the largest resident set among the latter. A child's peak
 * counts what it had of this process before its exec, which is less than what is measured.
 *
 * With a COMMAND it measures nothing: once let in it opens a session, runs the command in it, and
 * closes it; its exit status is the command's. So a login can be measured inside another one.
 */
#include <security/pam_appl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

struct cost {
	int64_t wall_ns;
	int64_t self_ns;
	int64_t children_ns;
};

static int64_t timeval_ns(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

static int64_t cpu_ns(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime);
}

static struct cost costs_so_far(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct cost){
		.wall_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
		.self_ns = cpu_ns(RUSAGE_SELF),
		.children_ns = cpu_ns(RUSAGE_CHILDREN),
	};
}

/* Answers every prompt with the password; what is only to be read is passed over. */
static int converse(
	int n, const struct pam_message **messages, struct pam_response **responses, void *password)
{
	struct pam_response *answers = calloc((size_t)n, sizeof(*answers));

	if (!answers)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		int style = messages[i]->msg_style;
		if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON)
			answers[i].resp = strdup(password);
	}
	*responses = answers;
	return PAM_SUCCESS;
}

/* Starts a transaction and asks it; pam_end() is left to the caller, where *ret is set. */
static int authenticate(char **words, pam_handle_t **ret)
{
	const char *confdir = words[0], *service = words[1], *user = words[2];
	const struct pam_conv conversation = {converse, words[3]};

	int code = pam_start_confdir(service, user, &conversation, confdir, ret);
	if (code != PAM_SUCCESS)
		return code;
	pam_set_item(*ret, PAM_TTY, "tty1");
	pam_set_item(*ret, PAM_RUSER, user);
	return pam_authenticate(*ret, 0);
}

static int run(char **command)
{
	pid_t pid;
	int status = 0;

	if (posix_spawnp(&pid, command[0], NULL, NULL, command, environ) != 0)
		return 127;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

static int run_inside(char **words, char **command)
{
	pam_handle_t *pamh = NULL;
	int status = 1;

	int code = authenticate(words, &pamh);
	if (code == PAM_SUCCESS)
		code = pam_open_session(pamh, 0);
	if (code == PAM_SUCCESS) {
		status = run(command);
		code = pam_close_session(pamh, 0);
	}
	if (code != PAM_SUCCESS)
		fprintf(stderr, "login: %s\n", pam_strerror(pamh, code));
	pam_end(pamh, code);
	return status;
}

static void wait_for_line(void)
{
	char line[16];

	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

static void measure(char **words)
{
	pam_handle_t *pamh = NULL;
	struct rusage children;

	wait_for_line();
	struct cost before = costs_so_far();
	int code = authenticate(words, &pamh);
	pam_end(pamh, code);
	struct cost after = costs_so_far();

	getrusage(RUSAGE_CHILDREN, &children);
	printf("code=%d wall_ns=%jd self_ns=%jd children_ns=%jd children_peak_kb=%ld\n", code,
		(intmax_t)(after.wall_ns - before.wall_ns),
		(intmax_t)(after.self_ns - before.self_ns),
		(intmax_t)(after.children_ns - before.children_ns), children.ru_maxrss);
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(stderr, "usage: login CONFDIR SERVICE USER PASSWORD [COMMAND...]\n");
		return 2;
	}
	if (argc > 5)
		return run_inside(argv + 1, argv + 5);
	measure(argv + 1);
	return 0;
}
