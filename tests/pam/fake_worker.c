/*
 * fake_worker: plays a transcript in place of sso-worker.
 *
 * A transcript is an executable script whose first line names this program as its interpreter; each
 * further line is one act:
 *
 *	request       read the request up to its empty line; without one, exit 90
 *	item          the same with an item behind it, which is the request from here on
 *	paste         the same with what a person pasted
 *	expect LINE   the request has this very line, else exit 91
 *	lacks START   no line of the request begins so, else exit 92
 *	renewed       begin the answer to the item: its event and its id
 *	note FOLDER   make an empty file in FOLDER, beside the transcript: a worker can write none
 *	say TEXT      write TEXT and a newline; \xNN is that byte
 *	raw TEXT      write TEXT without one
 *	flood N       write N bytes of a line that never ends
 *	linger        read until the socket is closed, then exit 93
 *	sleep MS
 *	close         close the socket
 *	exit N
 *	kill N        end by signal N
 *
 * The end of the script is exit 0.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET = 3, REQUEST_MAX = 65536, LINE_MAX_LEN = 8192 };

/* What came and is not looked at yet, and the record that is. */
static char received[REQUEST_MAX + 1];
static char request[REQUEST_MAX + 1];
static const char *transcript;

static void act_request(const char *argument)
{
	size_t len = strlen(received);
	char *end;

	(void)argument;
	while (!(end = strstr(received, "\n\n"))) {
		ssize_t n = len < REQUEST_MAX ? read(SOCKET, received + len, REQUEST_MAX - len) : 0;

		if (n <= 0)
			_exit(90);
		len += (size_t)n;
		received[len] = '\0';
	}
	end += strlen("\n\n");
	size_t taken = (size_t)(end - received);
	memcpy(request, received, taken);
	request[taken] = '\0';
	memmove(received, end, len - taken + 1);
}

static bool request_has(const char *start, bool whole)
{
	size_t len = strlen(start);

	for (const char *line = request; *line && *line != '\n'; line = strchr(line, '\n') + 1)
		if (strncmp(line, start, len) == 0 && (!whole || line[len] == '\n'))
			return true;
	return false;
}

static void act_expect(const char *argument)
{
	if (!request_has(argument, true))
		_exit(91);
}

static void act_lacks(const char *argument)
{
	if (request_has(argument, false))
		_exit(92);
}

static void act_raw(const char *argument)
{
	char bytes[LINE_MAX_LEN];
	size_t len = 0;

	for (const char *at = argument; *at; len++) {
		unsigned int value;

		if (sscanf(at, "\\x%2x", &value) == 1) {
			bytes[len] = (char)value;
			at += 4;
		} else {
			bytes[len] = *at++;
		}
	}
	if (write(SOCKET, bytes, len) < 0)
		_exit(94);
}

static void act_say(const char *argument)
{
	act_raw(argument);
	act_raw("\n");
}

static void act_renewed(const char *argument)
{
	char id[LINE_MAX_LEN];

	(void)argument;
	for (const char *line = request; *line && *line != '\n'; line = strchr(line, '\n') + 1)
		if (sscanf(line, "id=%8000[^\n]", id) == 1) {
			act_say("event=renewed");
			act_raw("id=");
			act_say(id);
			return;
		}
	_exit(97);
}

static void act_note(const char *argument)
{
	char path[LINE_MAX_LEN];

	snprintf(path, sizeof(path), "%.*s/%s/%d", (int)(strrchr(transcript, '/') - transcript),
		transcript, argument, getpid());
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd) < 0)
		_exit(98);
}

static void act_flood(const char *argument)
{
	for (int left = atoi(argument); left > 0; left--)
		act_raw("x");
}

static void act_linger(const char *argument)
{
	char byte;

	(void)argument;
	while (read(SOCKET, &byte, 1) > 0)
		;
	_exit(93);
}

static void act_sleep(const char *argument)
{
	usleep((useconds_t)atoi(argument) * 1000);
}

static void act_close(const char *argument)
{
	(void)argument;
	close(SOCKET);
}

static void act_exit(const char *argument)
{
	_exit(atoi(argument));
}

static void act_kill(const char *argument)
{
	kill(getpid(), atoi(argument));
}

static const struct act {
	const char *name;
	void (*run)(const char *argument);
} acts[] = {
	{"request", act_request},
	{"item", act_request},
	{"paste", act_request},
	{"expect", act_expect},
	{"lacks", act_lacks},
	{"say", act_say},
	{"raw", act_raw},
	{"renewed", act_renewed},
	{"note", act_note},
	{"flood", act_flood},
	{"linger", act_linger},
	{"sleep", act_sleep},
	{"close", act_close},
	{"exit", act_exit},
	{"kill", act_kill},
};

static void play(char *line)
{
	char *argument = line + strcspn(line, " ");

	if (*argument)
		*argument++ = '\0';
	for (unsigned int i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].name, line) == 0) {
			acts[i].run(argument);
			return;
		}
	if (*line && *line != '#')
		_exit(95);
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_LEN];
	FILE *script = argc > 1 ? fopen(argv[1], "re") : NULL;

	transcript = argv[1];
	if (!script)
		return 96;
	signal(SIGPIPE, SIG_IGN);
	while (fgets(line, sizeof(line), script)) {
		line[strcspn(line, "\n")] = '\0';
		play(line);
	}
	return 0;
}
