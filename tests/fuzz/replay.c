/*
 * Plays inputs from files: each FILE, each file of each folder, or standard input where there is no
 * argument. So a fuzzer runs without an engine: the regression, and under AFL++.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static unsigned int played;

static void play_stream(FILE *file)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	size_t got;

	do {
		bytes = realloc(bytes, len + 65536);
		if (!bytes)
			abort();
		got = fread(bytes + len, 1, 65536, file);
		len += got;
	} while (got);
	/* To the byte, so that reading past the end shows. */
	uint8_t *exact = malloc(len ? len : 1);
	if (!exact)
		abort();
	memcpy(exact, bytes, len);
	free(bytes);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	played++;
}

static _Noreturn void give_up(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(2);
}

static void play_file(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		give_up(path);
	play_stream(file);
	fclose(file);
}

static void play_folder(const char *path)
{
	DIR *folder = opendir(path);

	if (!folder)
		give_up(path);
	for (struct dirent *entry; (entry = readdir(folder));) {
		char *file;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
			abort();
		play_file(file);
		free(file);
	}
	closedir(folder);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat info;

		if (stat(argv[i], &info) < 0)
			give_up(argv[i]);
		if (S_ISDIR(info.st_mode))
			play_folder(argv[i]);
		else
			play_file(argv[i]);
	}
	if (argc < 2)
		play_stream(stdin);
	fprintf(stderr, "%s: %u inputs\n", argv[0], played);
	return played ? 0 : 2;
}
