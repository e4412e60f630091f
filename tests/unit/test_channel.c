#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"

static const struct record_key vocabulary[] = {
	{"event", false},
	{"group", true},
	{NULL, false},
};

/* A channel whose other side is in the test's own hand. */
struct line {
	struct channel channel;
	int fd;
	int peer;
};

static void line_begin(struct line *line)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	line->fd = pair[0];
	line->peer = pair[1];
	channel_begin(&line->channel, line->fd, vocabulary);
}

static void line_hang_up(struct line *line)
{
	if (line->peer >= 0)
		close(line->peer);
	line->peer = -1;
}

static void line_end(struct line *line)
{
	channel_end(&line->channel);
	close(line->fd);
	line_hang_up(line);
}

static void line_say(struct line *line, const char *text)
{
	assert_int_equal(write(line->peer, text, strlen(text)), strlen(text));
}

/* Times that a busy machine does not miss: one has passed, and one is never waited for. */
static int64_t past(void)
{
	return clock_monotonic_ms() - 1;
}

static int64_t far(void)
{
	return clock_monotonic_ms() + 60 * 1000;
}

/* What the other side says before it hangs up, and what comes of it, call by call. */
struct row {
	const char *said;
	int results[3];
};

static const struct row rows[] = {
	{"", {-ENODATA, -ENODATA, -ENODATA}},
	{"event=a\n\n", {0, -ENODATA, -ENODATA}},
	{"event=a\n\nevent=b\n\n", {0, 0, -ENODATA}},
	{"event=a\n\nevent=b\n", {0, -EBADMSG, -EBADMSG}},
	{"event=a\n\ne", {0, -EBADMSG, -EBADMSG}},
	{"event=a", {-EBADMSG, -EBADMSG, -EBADMSG}},
	{"event=a\n\nother=b\n\nevent=c\n\n", {0, -EBADMSG, -EBADMSG}},
};

static void records_come_one_by_one_up_to_the_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct line line;

		line_begin(&line);
		line_say(&line, rows[i].said);
		line_hang_up(&line);
		for (size_t call = 0; call < 3; call++) {
			RECORD_AUTO(record);

			assert_int_equal(channel_receive(&line.channel, far(), NULL, 0, &record),
				rows[i].results[call]);
		}
		line_end(&line);
	}
}

static void a_record_in_pieces_is_put_together(void **state)
{
	static const char text[] = "event=a\ngroup=b\n\n";
	struct line line;
	RECORD_AUTO(record);

	(void)state;
	line_begin(&line);
	for (size_t at = 0; at < strlen(text); at++) {
		assert_int_equal(
			channel_receive(&line.channel, past(), NULL, 0, &record), -ETIMEDOUT);
		assert_int_equal(write(line.peer, text + at, 1), 1);
	}
	assert_int_equal(channel_receive(&line.channel, past(), NULL, 0, &record), 0);
	assert_string_equal(record_get(record, "group"), "b");
	line_end(&line);
}

static void a_flood_is_cut_off(void **state)
{
	char flood[RECORD_LINE];
	struct line line;
	RECORD_AUTO(record);

	(void)state;
	line_begin(&line);
	memset(flood, 'x', sizeof(flood));
	assert_int_equal(write(line.peer, flood, sizeof(flood)), sizeof(flood));
	assert_int_equal(channel_receive(&line.channel, far(), NULL, 0, &record), -EMSGSIZE);
	line_end(&line);
}

static void a_watched_descriptor_ends_the_wait(void **state)
{
	struct line line;
	int quiet[2];
	int loud[2];
	RECORD_AUTO(record);

	(void)state;
	line_begin(&line);
	assert_int_equal(pipe2(quiet, O_CLOEXEC), 0);
	assert_int_equal(pipe2(loud, O_CLOEXEC), 0);
	struct pollfd watch[] = {
		{.fd = quiet[0], .events = POLLIN, .revents = POLLIN},
		{.fd = loud[0], .events = POLLIN},
		{.fd = -1, .events = POLLIN},
	};
	assert_int_equal(channel_receive(&line.channel, past(), watch, 3, &record), -ETIMEDOUT);
	assert_int_equal(watch[0].revents, 0);
	assert_int_equal(write(loud[1], "x", 1), 1);
	line_say(&line, "event=half");
	assert_int_equal(channel_receive(&line.channel, far(), watch, 3, &record), -ECANCELED);
	assert_int_equal(watch[0].revents, 0);
	assert_int_equal(watch[1].revents, POLLIN);
	/* a record that is there wins */
	line_say(&line, " an hour\n\n");
	assert_int_equal(channel_receive(&line.channel, far(), watch, 3, &record), 0);
	assert_string_equal(record_get(record, "event"), "half an hour");
	close(quiet[0]);
	close(quiet[1]);
	close(loud[0]);
	close(loud[1]);
	line_end(&line);
}

static void only_so_many_can_be_watched(void **state)
{
	struct pollfd watch[CHANNEL_WATCH_MAX + 1];
	struct line line;
	RECORD_AUTO(record);

	(void)state;
	line_begin(&line);
	for (size_t i = 0; i < CHANNEL_WATCH_MAX + 1; i++)
		watch[i] = (struct pollfd){.fd = line.peer, .events = POLLOUT};
	assert_int_equal(
		channel_receive(&line.channel, far(), watch, CHANNEL_WATCH_MAX + 1, &record),
		-EINVAL);
	assert_int_equal(channel_receive(&line.channel, far(), watch, CHANNEL_WATCH_MAX, &record),
		-ECANCELED);
	for (size_t i = 0; i < CHANNEL_WATCH_MAX; i++)
		assert_int_equal(watch[i].revents, POLLOUT);
	line_end(&line);
}

/* A record that is as large as one may be. */
static struct record *make_large(void)
{
	struct record *record = record_new(vocabulary);
	char value[1024 - sizeof("group=")] = {0};

	memset(value, 'x', sizeof(value) - 1);
	while (record_add(record, "group", value) == 0)
		;
	return record;
}

static void what_does_not_fit_waits_up_to_the_deadline(void **state)
{
	struct line line;
	RECORD_AUTO(large);
	int r = 0;

	(void)state;
	large = make_large();
	line_begin(&line);
	while (r == 0)
		r = channel_send(&line.channel, large, past());
	assert_int_equal(r, -ETIMEDOUT);
	line_end(&line);
}

static void *drain(void *context)
{
	struct line *line = context;
	char chunk[4096];

	while (read(line->fd, chunk, sizeof(chunk)) > 0)
		;
	return NULL;
}

static void what_does_not_fit_goes_when_the_other_side_reads(void **state)
{
	struct line line;
	struct channel back;
	pthread_t reader;
	int small = 4096;
	RECORD_AUTO(large);

	(void)state;
	large = make_large();
	line_begin(&line);
	assert_int_equal(setsockopt(line.peer, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	channel_begin(&back, line.peer, vocabulary);
	assert_int_equal(pthread_create(&reader, NULL, drain, &line), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(channel_send(&back, large, far()), 0);
	channel_end(&back);
	line_hang_up(&line);
	assert_int_equal(pthread_join(reader, NULL), 0);
	line_end(&line);
}

/* A record sent is the record received, and what a test reads is what stands on the wire. */
static void what_is_sent_is_a_record(void **state)
{
	struct line line;
	char bytes[64] = {0};
	RECORD_AUTO(record);

	(void)state;
	record = record_new(vocabulary);
	assert_int_equal(record_add(record, "event", "prompt"), 0);
	line_begin(&line);
	assert_int_equal(channel_send(&line.channel, record, far()), 0);
	assert_int_equal(read(line.peer, bytes, sizeof(bytes) - 1), 14);
	assert_string_equal(bytes, "event=prompt\n\n");
	line_end(&line);
}

static void what_fits_is_taken_away(void **state)
{
	struct line line;
	char *bytes = calloc(1, 4096);
	BUF_AUTO(out, 1 << 20);
	size_t total = 1 << 20, got = 0;

	(void)state;
	line_begin(&line);
	assert_int_equal(channel_flush(&line.channel, &out), 0);
	while (out.len < total)
		assert_int_equal(buf_add(&out, bytes, 4096), 0);
	assert_int_equal(channel_flush(&line.channel, &out), 0);
	assert_in_range(out.len, 1, total - 1);
	/* Nothing fits now. */
	while (got < total) {
		assert_int_equal(channel_flush(&line.channel, &out), 0);
		ssize_t n = read(line.peer, bytes, 4096);
		assert_in_range(n, 1, 4096);
		got += (size_t)n;
	}
	assert_int_equal(out.len, 0);
	line_hang_up(&line);
	assert_int_equal(buf_add(&out, "x", 1), 0);
	assert_int_equal(channel_flush(&line.channel, &out), -EPIPE);
	assert_int_equal(out.len, 1);
	line_end(&line);
	free(bytes);
}

static void the_other_side_gone_is_an_error_and_no_signal(void **state)
{
	struct line line;
	RECORD_AUTO(record);

	(void)state;
	record = record_new(vocabulary);
	assert_int_equal(signal(SIGPIPE, SIG_DFL) == SIG_ERR, 0);
	line_begin(&line);
	line_hang_up(&line);
	assert_int_equal(channel_send(&line.channel, record, far()), -EPIPE);
	line_end(&line);
}

/* A side that ends without having read all leaves a reset behind its last words. */
static void last_words_are_heard(void **state)
{
	struct line line;
	RECORD_AUTO(record);

	(void)state;
	record = record_new(vocabulary);
	line_begin(&line);
	assert_int_equal(channel_send(&line.channel, record, far()), 0);
	record_free(record);
	record = NULL;
	line_say(&line, "event=result\n\n");
	line_hang_up(&line);
	assert_int_equal(channel_receive(&line.channel, far(), NULL, 0, &record), 0);
	assert_string_equal(record_get(record, "event"), "result");
	assert_int_equal(channel_receive(&line.channel, far(), NULL, 0, &record), -ENODATA);
	line_end(&line);
}

struct speaker {
	struct line *line;
	pthread_t listener;
};

static void *disturb_then_speak(void *context)
{
	struct speaker *speaker = context;

	for (int i = 0; i < 20; i++) {
		usleep(2000);
		pthread_kill(speaker->listener, SIGUSR1);
	}
	usleep(2000);
	return write(speaker->line->peer, "event=a\n\n", 9) == 9 ? context : NULL;
}

static void on_signal(int number)
{
	(void)number;
}

static void signals_are_waited_through(void **state)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct line line;
	struct speaker speaker = {.line = &line, .listener = pthread_self()};
	pthread_t thread;
	void *spoke = NULL;
	RECORD_AUTO(record);

	(void)state;
	line_begin(&line);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, disturb_then_speak, &speaker), 0);
	assert_int_equal(channel_receive(&line.channel, far(), NULL, 0, &record), 0);
	assert_int_equal(pthread_join(thread, &spoke), 0);
	assert_non_null(spoke);
	line_end(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_one_by_one_up_to_the_end),
		cmocka_unit_test(a_record_in_pieces_is_put_together),
		cmocka_unit_test(a_flood_is_cut_off),
		cmocka_unit_test(a_watched_descriptor_ends_the_wait),
		cmocka_unit_test(only_so_many_can_be_watched),
		cmocka_unit_test(what_does_not_fit_waits_up_to_the_deadline),
		cmocka_unit_test(what_does_not_fit_goes_when_the_other_side_reads),
		cmocka_unit_test(what_is_sent_is_a_record),
		cmocka_unit_test(what_fits_is_taken_away),
		cmocka_unit_test(the_other_side_gone_is_an_error_and_no_signal),
		cmocka_unit_test(last_words_are_heard),
		cmocka_unit_test(signals_are_waited_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
