/*
 * load: what loading and unloading a PAM module costs, and what it leaves behind.
 *
 *	load CONFDIR SERVICE MODULE ROUNDS
 *
 * Prints a line a round, `pam=NS dl=NS`: pam_start_confdir() and pam_end() of a service, and
 * dlopen() and dlclose() of its module as libpam does them, in a process that has libpam, as a host
 * has. Then once: `library=PATH` for each object that came with the module, and `left=WHAT` for each
 * thing that stayed after ROUNDS of it: an object, a descriptor, a thread, an environment variable,
 * memory.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <security/pam_appl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern char **environ;

enum {
	OBJECTS_MAX = 256,
	NAME_SIZE = 256,
	WARM_UP = 20, /* rounds that fill the caches of libpam, of the loader and of malloc */
};

/* What a process holds, as far as a module could add to it. */
struct holdings {
	int objects;
	char object[OBJECTS_MAX][NAME_SIZE]; /* not allocated: that would count */
	int descriptors;
	int threads;
	int variables;
	size_t bytes; /* allocated with malloc */
};

static int no_conversation(
	int n, const struct pam_message **messages, struct pam_response **responses, void *data)
{
	(void)n, (void)messages, (void)responses, (void)data;
	return PAM_CONV_ERR;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *data)
{
	struct holdings *holdings = data;

	(void)size;
	if (holdings->objects < OBJECTS_MAX)
		snprintf(holdings->object[holdings->objects++], NAME_SIZE, "%s", info->dlpi_name);
	return 0;
}

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void take_stock(struct holdings *holdings)
{
	holdings->bytes = mallinfo2().uordblks;
	holdings->descriptors = entries("/proc/self/fd");
	holdings->threads = entries("/proc/self/task");
	for (char **variable = environ; *variable; variable++)
		holdings->variables++;
	dl_iterate_phdr(note_object, holdings);
}

static int has_object(const struct holdings *holdings, const char *name)
{
	for (int i = 0; i < holdings->objects; i++) {
		if (!strcmp(holdings->object[i], name))
			return 1;
	}
	return 0;
}

static void report_new_objects(
	const char *what, const struct holdings *before, const struct holdings *after)
{
	for (int i = 0; i < after->objects; i++) {
		if (!has_object(before, after->object[i]))
			printf("%s=%s\n", what, after->object[i]);
	}
}

static void report_left(const struct holdings *before, const struct holdings *after)
{
	report_new_objects("left", before, after);
	if (after->descriptors != before->descriptors)
		printf("left=descriptors:%d\n", after->descriptors - before->descriptors);
	if (after->threads != before->threads)
		printf("left=threads:%d\n", after->threads - before->threads);
	if (after->variables != before->variables)
		printf("left=variables:%d\n", after->variables - before->variables);
	if (after->bytes > before->bytes)
		printf("left=bytes:%zu\n", after->bytes - before->bytes);
}

static void *load(const char *module)
{
	void *handle = dlopen(module, RTLD_NOW);

	if (!handle) {
		fprintf(stderr, "load: %s\n", dlerror());
		exit(1);
	}
	return handle;
}

static void start_and_end(const char *confdir, const char *service)
{
	static const struct pam_conv conversation = {no_conversation, NULL};
	pam_handle_t *pamh = NULL;

	if (pam_start_confdir(service, "root", &conversation, confdir, &pamh) != PAM_SUCCESS) {
		fprintf(stderr, "load: the service %s of %s cannot be started\n", service, confdir);
		exit(1);
	}
	pam_end(pamh, PAM_SUCCESS);
}

static void one_round(const char *confdir, const char *service, const char *module, int print)
{
	int64_t begin = now_ns();
	start_and_end(confdir, service);
	int64_t middle = now_ns();
	dlclose(load(module));
	int64_t end = now_ns();

	if (print)
		printf("pam=%jd dl=%jd\n", (intmax_t)(middle - begin), (intmax_t)(end - middle));
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: load CONFDIR SERVICE MODULE ROUNDS\n");
		return 2;
	}
	const char *confdir = argv[1], *service = argv[2], *module = argv[3];
	int rounds = atoi(argv[4]);

	/* Printing must not allocate. */
	static char out[BUFSIZ];
	setvbuf(stdout, out, _IOFBF, sizeof(out));
	for (int i = 0; i < WARM_UP; i++)
		one_round(confdir, service, module, 0);

	static struct holdings before, after, loaded;
	take_stock(&before);
	for (int i = 0; i < rounds; i++)
		one_round(confdir, service, module, 1);
	take_stock(&after);

	void *handle = load(module);
	take_stock(&loaded);
	dlclose(handle);
	report_new_objects("library", &before, &loaded);
	report_left(&before, &after);
	return 0;
}
