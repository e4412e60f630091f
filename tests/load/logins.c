/*
 * logins: thousands of sign-ins, one after the other, in one process that loads and unloads the
 * module for each.
 *
 *	logins COUNT
 *
 * Prints what the process holds, after the first hundred and then ten times on the way, as lines of
 * `after=N heap=BYTES resident=KIB descriptors=N children=N`. Each tenth sign-in is somebody else's,
 * and refused; each tenth behind that has a worker that is killed. A wrong verdict ends the program.
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

enum { WARM_UP = 100, STEPS = 10, TURN = 10 };

/* What a turn of sign-ins is made of: the first two once, the last as often as the turn goes on. */
static const struct {
	const char *transcript;
	int code;
} kinds[] = {
	{APPROVE_AS("bob"), PAM_PERM_DENIED},
	{SAY_PROMPT "kill 9\n", PAM_AUTHINFO_UNAVAIL},
	{APPROVE, PAM_SUCCESS},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void sign_in(struct stage *stage, long nth)
{
	static const struct scene scene = {.talk = TALK_ENTER};
	long kind = nth % TURN;

	if (kind < KINDS)
		stage_transcript(stage, kinds[kind].transcript);
	else
		kind = KINDS - 1;
	int code = stage_authenticate(stage, &scene);
	stage_end(stage);
	if (code == kinds[kind].code)
		return;
	fprintf(stderr, "logins: the verdict of %ld is %d:\n%s", nth, code, stage_log());
	exit(1);
}

static long resident_kib(void)
{
	long size, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
		abort();
	fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	if (!folder)
		abort();
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void report(long after)
{
	errno = 0;
	int children = waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 1;

	printf("after=%ld heap=%zu resident=%ld descriptors=%d children=%d\n", after,
		mallinfo2().uordblks, resident_kib(), descriptors(), children);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	void *stage;

	if (count < STEPS) {
		fprintf(stderr, "usage: logins COUNT\n");
		return 2;
	}
	/* Printing must not allocate. */
	static char out[BUFSIZ];
	setvbuf(stdout, out, _IOFBF, sizeof(out));
	stage_setup(&stage);
	for (long i = 0; i < WARM_UP; i++)
		sign_in(stage, i);
	report(0);
	for (long i = 1; i <= count; i++) {
		sign_in(stage, i);
		if (i % (count / STEPS) == 0)
			report(i);
	}
	return stage_teardown(&stage) == 0 ? 0 : 1;
}
