/*
 * fake_worker: plays a transcript in place of sso-worker.
 *
 * A transcript is an executable script whose first line names this program as its interpreter; each
 * further line is one act:
 *
 *	request       read the request up to its empty line; without one, exit 90
 *	expect LINE   the request has this very line, else exit 91
 *	lacks START   no line of the request begins so, else exit 92
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
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET = 3, REQUEST_MAX = 65536, LINE_MAX_LEN = 8192 };

static char request[REQUEST_MAX + 1];

static void act_request(const char *argument)
{
	size_t len = 0;

	(void)argument;
	while (len < REQUEST_MAX && !strstr(request, "\n\n")) {
		ssize_t n = read(SOCKET, request + len, REQUEST_MAX - len);

		if (n <= 0)
			_exit(90);
		len += (size_t)n;
		request[len] = '\0';
	}
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
	{"expect", act_expect},
	{"lacks", act_lacks},
	{"say", act_say},
	{"raw", act_raw},
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

	if (!script)
		return 96;
	signal(SIGPIPE, SIG_IGN);
	while (fgets(line, sizeof(line), script)) {
		line[strcspn(line, "\n")] = '\0';
		play(line);
	}
	return 0;
}
