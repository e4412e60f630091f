/*
 * stage: a host for the module's tests, without root and without the machine's own files.
 *
 * Each stage has a folder of its own with a PAM stack, a configuration and a worker's transcript.
 * The program itself answers getpwnam_r(), syslog() and clock_gettime() for the module: its users are
 * those of stage.c.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <security/pam_appl.h>

/* What the stack returns where the module said PAM_IGNORE, and nothing else does. */
#define STAGE_IGNORED PAM_CRED_EXPIRED

#define STAGE_ISSUER "https://idp.example"
#define STAGE_CODE   "WDJB-MJHT"
#define STAGE_LINK   "https://idp.example/device"

/* Pieces of transcripts. */
#define PROMPT_ALONE                                                                               \
	"say event=prompt\nsay verification_uri=" STAGE_LINK "\nsay user_code=" STAGE_CODE         \
	"\nsay expires_in=300\nsay\n"
#define SAY_PROMPT         "request\n" PROMPT_ALONE
#define SAY_RESULT(FIELDS) "say event=result\n" FIELDS "say\n"
#define SAY_REASON(REASON) SAY_RESULT("say reason=" REASON "\nsay detail=told\n")
#define SAY_WHO                                                                                    \
	"say reason=ok\nsay iss=" STAGE_ISSUER                                                     \
	"\nsay sub=248289761001\nsay requests=4\nsay connections=1\n"
#define SAY_OK(NAME) SAY_RESULT(SAY_WHO "say claim=preferred_username=" NAME "\n")

#define APPROVE_AS(NAME) SAY_PROMPT SAY_OK(NAME) "exit 42\n"
#define APPROVE          APPROVE_AS("alice")

/* How the host's conversation behaves. */
enum talk {
	TALK_ENTER,   /* answers with the empty string */
	TALK_TEXT,    /* answers with a word */
	TALK_LINES,   /* answers with the scene's lines, each once, and with nothing behind them */
	TALK_HUGE,    /* 64 KiB */
	TALK_NO_TEXT, /* an answer whose string is NULL */
	TALK_NULL,    /* success without an answer */
	TALK_FAIL,    /* PAM_CONV_ERR */
	TALK_FAIL_WILD, /* PAM_CONV_ERR, with a pointer that is none */
	TALK_MISSING,   /* there is no conversation function */
};

struct stage;

/* A host's call. */
struct scene {
	const char *service;        /* "login" where NULL */
	const char *user;           /* "alice" where NULL */
	const char *tty;            /* "tty1" where NULL; "" for none */
	const char *rhost;          /* NULL: unset */
	const char *ruser;          /* NULL: unset */
	const char *environment[2]; /* PAM environment */
	const char *lines[4];       /* of TALK_LINES */
	enum talk talk;
	int flags;
	void (*meanwhile)(struct stage *stage); /* called in the conversation, before it answers */
};

struct stage {
	char folder[64];
	char config[96], stack[96], worker[96];
	const char *limits; /* the section [limits] behind its directory, from the next
	                       stage_configure() on; many may sign in at once before that */
	/* What came of the last call. */
	pam_handle_t *pamh;
	int code;
	char shown[65536]; /* what the person saw, one message after the other */
	unsigned int prompts, texts, errors;
	const struct scene *scene;
};

/* cmocka's setup and teardown; *state is a struct stage with a usable configuration, a stack of the
 * module alone, and APPROVE as the transcript. Teardown asserts that no child is left. */
int stage_setup(void **state);
int stage_teardown(void **state);

/* Replaces the configuration; EXTRA follows a usable [network], [limits] and [provider], may go on
 * with the last, and may repeat none. stage_write() writes any file of the stage. */
void stage_configure(struct stage *stage, const char *extra);
void stage_write(const char *path, const char *text, unsigned int mode);
/* What stage_configure() writes before EXTRA. */
void stage_config_text(const struct stage *stage, const char *extra, char *out, size_t size);
void stage_transcript(struct stage *stage, const char *transcript);

/* Starts a handle for SCENE; calls authenticate; ends the handle. The log is emptied first. */
void stage_start(struct stage *stage, const struct scene *scene);
int stage_authenticate(struct stage *stage, const struct scene *scene);
void stage_end(struct stage *stage);

/* All log lines since the last stage_start(), and whether one has TEXT. */
const char *stage_log(void);
bool stage_logged(const char *text);

/* Lets seconds go by on the clock that deadlines are taken from, as for a host that was stopped. */
void stage_skip(int seconds);

/* The path that the module's open() of PATH is for: the machine's locale is the stage's own file,
 * /nonexistent until stage_locale() names one. A test with an open() of its own calls it there. */
const char *stage_path(const char *path);
void stage_locale(const char *path);

/* Whether a checker (a sanitizer, valgrind) has put its own allocator before the program's. */
bool stage_memory_is_anothers(void);

/* Where this build's files lie. */
const char *stage_build(void);

#endif
