/* language: which one is spoken, and what is said in it. */
#include <ctype.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "columns.h"
#include "language.h"
#include "prompt.h"
#include "stage.h"
#include "terminal.h"

#define LINK "https://idp.example/device"
#define CODE "WDJB-MJHT"

/* The prompt of the device flow under sshd, to the letter. */
static const char *const by_ssh[LANGUAGE_COUNT] = {
	[LANGUAGE_DE] =
		"Single Sign-on\n"
		"\n"
		"  Benutzer alice\n"
		"  Für      sshd auf web1.example.com\n"
		"  Von      203.0.113.7\n"
		"\n"
		"Wenn Sie diese Anmeldung nicht selbst begonnen haben, bestätigen Sie sie nicht.\n"
		"Andernfalls öffnen Sie den Link auf einem beliebigen Gerät, geben Sie den Code\n"
		"ein und melden Sie sich an:\n"
		"\n"
		"  Link     " LINK "\n"
		"  Code     " CODE "\n"
		"\n"
		"Der Code gilt noch 110 Sekunden.\n"
		"Drücken Sie Enter, wenn Sie Code " CODE " bestätigt haben: ",
	[LANGUAGE_ES] =
		"Inicio de sesión único\n"
		"\n"
		"  Usuario  alice\n"
		"  Para     sshd en web1.example.com\n"
		"  Desde    203.0.113.7\n"
		"\n"
		"Si no ha empezado usted este inicio de sesión, no lo apruebe.\n"
		"Si ha sido usted, abra el enlace en cualquier dispositivo, introduzca el código\n"
		"e inicie sesión:\n"
		"\n"
		"  Enlace   " LINK "\n"
		"  Código   " CODE "\n"
		"\n"
		"El código es válido durante 110 segundos.\n"
		"Pulse Intro cuando haya aprobado el código " CODE ": ",
	[LANGUAGE_FR] =
		"Authentification unique\n"
		"\n"
		"  Compte   alice\n"
		"  Pour     sshd sur web1.example.com\n"
		"  Depuis   203.0.113.7\n"
		"\n"
		"Si vous n’avez pas commencé cette connexion vous-même, ne l’approuvez pas.\n"
		"Si c’est bien vous, ouvrez le lien sur n’importe quel appareil, saisissez le\n"
		"code et connectez-vous :\n"
		"\n"
		"  Lien     " LINK "\n"
		"  Code     " CODE "\n"
		"\n"
		"Le code est valable pendant 110 secondes.\n"
		"Appuyez sur Entrée après avoir approuvé le code " CODE " : ",
	[LANGUAGE_JA] = "シングルサインオン\n"
			"\n"
			"  ユーザー alice\n"
			"  対象     web1.example.com の sshd\n"
			"  接続元   203.0.113.7\n"
			"\n"
			"ご自分で始めたサインインでない場合は、承認しないでください。\n"
			"ご自分で始めた場合は、お手持ちの機器でリンクを開き、コードを入力して\n"
			"サインインしてください:\n"
			"\n"
			"  リンク   " LINK "\n"
			"  コード   " CODE "\n"
			"\n"
			"コードの有効時間は 110 秒です。\n"
			"コード " CODE " を承認したら Enter を押してください: ",
	[LANGUAGE_KO] =
		"통합 로그인\n"
		"\n"
		"  사용자   alice\n"
		"  대상     web1.example.com의 sshd\n"
		"  접속지   203.0.113.7\n"
		"\n"
		"직접 시작한 로그인이 아니라면 승인하지 마십시오.\n"
		"직접 시작했다면 아무 기기에서나 링크를 열고 코드를 입력한 뒤 로그인하십시오:\n"
		"\n"
		"  링크     " LINK "\n"
		"  코드     " CODE "\n"
		"\n"
		"코드는 110초 동안 유효합니다.\n"
		"코드 " CODE " 승인을 마쳤으면 Enter 키를 누르십시오: ",
};

static void the_whole_prompt_in_each_language(void **state)
{
	const struct offer offer = {
		.flow = FLOW_DEVICE, .uri = LINK, .code = CODE, .expires_in = 300};

	(void)state;
	for (unsigned int l = LANGUAGE_DE; l < LANGUAGE_COUNT; l++) {
		BUF_AUTO(text, PROMPT_MAX);
		const struct prompt_facts facts = {.language = (enum language)l,
			.user = "alice",
			.service = "sshd",
			.host = "web1.example.com",
			.client = "203.0.113.7",
			.offer = &offer,
			.seconds = 110,
			.left = 110,
			.enter = true};

		assert_int_equal(prompt_compose(&facts, &text), 0);
		assert_string_equal(buf_str(&text), by_ssh[l]);
	}
}

/* A code as long as the longest that products make. */
#define DIGITS "000-000-000"

/* Every prompt there is, one after the other, with values that have no letters. */
static void compose_all(enum language language, const char *value, struct buf *out)
{
	static const char *const links[] = {"https://1/", "https://1/?" DIGITS};

	for (unsigned int i = 0; i < 2 * 2 * 2 * 3 * 2; i++) {
		const struct offer offer = {.flow = i & 1 ? FLOW_CODE : FLOW_DEVICE,
			.uri = links[i >> 1 & 1],
			.code = DIGITS,
			.expires_in = 1};
		const struct prompt_facts facts = {.language = language,
			.user = value,
			.service = value,
			.host = value,
			.client = value,
			.offer = &offer,
			.seconds = i & 4 ? 119 : 540,
			.left = 600,
			.place = (enum answer_place)(i / 8 % 3),
			.enter = i >= 24};

		assert_int_equal(prompt_compose(&facts, out), 0);
		buf_puts(out, "\n");
	}
	for (enum note note = NOTE_WRONG; note <= NOTE_PART; note++)
		for (enum answer_place place = ANSWER_ON_PAGE; place <= ANSWER_COMES; place++) {
			assert_int_equal(prompt_again(language, note, 12, place, out), 0);
			buf_puts(out, "\n");
		}
}

static void no_line_is_too_wide(void **state)
{
	char value[300], *rest = NULL;

	(void)state;
	memset(value, '1', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (enum language l = LANGUAGE_EN; l < LANGUAGE_COUNT; l++) {
		BUF_AUTO(text, PROMPT_MAX);

		compose_all(l, value, &text);
		char *copy = strdup(buf_str(&text));
		for (char *line = strtok_r(copy, "\n", &rest); line;
			line = strtok_r(NULL, "\n", &rest))
			if (columns_of(line) > PROMPT_COLUMNS)
				fail_msg("%zu columns: %s", columns_of(line), line);
		free(copy);
	}
}

/* What has no letter of Latin but in these names was translated: a text that is not would show. */
static void nothing_is_left_in_english(void **state)
{
	static const char *const names[] = {"https", "Enter"};
	static const enum language languages[] = {LANGUAGE_JA, LANGUAGE_KO};

	(void)state;
	for (size_t l = 0; l < 2; l++) {
		BUF_AUTO(text, PROMPT_MAX);

		compose_all(languages[l], "1", &text);
		for (const char *at = buf_str(&text); *at; at++)
			for (size_t i = 0; i <= 2 && isalpha((unsigned char)*at); i++)
				if (i == 2)
					fail_msg("English: %.40s", at);
				else if (strncmp(at, names[i], strlen(names[i])) == 0)
					at += strlen(names[i]);
	}
}

/* Every label, so that what stands behind it is in one column. */
static void values_stand_in_one_column(void **state)
{
	(void)state;
	for (enum language l = LANGUAGE_EN; l < LANGUAGE_COUNT; l++) {
		static const char *const labels[] = {"User", "For", "From", "Link", "Code"};

		for (size_t i = 0; i < 5; i++)
			assert_in_range(columns_of(message(l, labels[i])), 1, 8);
	}
}

static void the_machine_s_locale(void **state)
{
	static const struct {
		const char *file;
		enum language language;
	} rows[] = {
		{"", LANGUAGE_AUTO},
		{"KEYMAP=de\n", LANGUAGE_AUTO},
		{"LANG=\n", LANGUAGE_AUTO},
		{"LANG=ko_KR.UTF-8\n", LANGUAGE_KO},
		{"LANG=\"ja_JP.utf8\"", LANGUAGE_JA},
		{"LANG='fr_CA.UTF-8'\r\n", LANGUAGE_FR},
		{"# LANG=ko_KR.UTF-8\n\n  LANG=de_AT.UTF-8@euro # as it was\n", LANGUAGE_DE},
		{"LANG=de_DE.UTF-8\nLANG=es_MX.UTF-8\n", LANGUAGE_ES},
		{"LANG=de_DE.UTF-8\nLC_MESSAGES=es_ES.UTF-8\n", LANGUAGE_ES},
		{"LC_ALL=ko_KR.UTF-8\nLC_MESSAGES=es_ES.UTF-8\n", LANGUAGE_KO},
		{"LC_TIME=ko_KR.UTF-8\nLANG=de_DE.UTF-8", LANGUAGE_DE},
		{"LANG=de.UTF-8\n", LANGUAGE_DE},
		/* not ours, or not UTF-8 */
		{"LANG=C.UTF-8\n", LANGUAGE_EN},
		{"LANG=C\n", LANGUAGE_EN},
		{"LANG=en_GB.UTF-8\n", LANGUAGE_EN},
		{"LANG=pt_BR.UTF-8\n", LANGUAGE_EN},
		{"LANG=kok_IN.UTF-8\n", LANGUAGE_EN},
		{"LANG=.UTF-8\n", LANGUAGE_EN},
		{"LANG=ko_KR\n", LANGUAGE_EN},
		{"LANG=ko_KR.eucKR\n", LANGUAGE_EN},
		{"LANG=ja_JP.SJIS@UTF-8\n", LANGUAGE_EN},
		{"LC_ALL=C\nLANG=de_DE.UTF-8\n", LANGUAGE_EN},
		/* no assignment of it */
		{"MYLANG=ko_KR.UTF-8\nLANGUAGE=ko\nLANG ko_KR.UTF-8\n", LANGUAGE_AUTO},
		{"LANG=0123456789012345678901234567890123456789012345678901234567890123.UTF-8",
			LANGUAGE_AUTO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (language_in_file(rows[i].file) != rows[i].language)
			fail_msg("row %zu: %u", i, language_in_file(rows[i].file));
}

static void what_a_screen_shows(void **state)
{
	static const struct {
		enum language language;
		enum language on[3];
	} rows[] = {
		{LANGUAGE_EN, {LANGUAGE_EN, LANGUAGE_EN, LANGUAGE_EN}},
		{LANGUAGE_DE, {LANGUAGE_DE, LANGUAGE_DE, LANGUAGE_EN}},
		{LANGUAGE_ES, {LANGUAGE_ES, LANGUAGE_ES, LANGUAGE_EN}},
		{LANGUAGE_FR, {LANGUAGE_FR, LANGUAGE_FR, LANGUAGE_EN}},
		{LANGUAGE_JA, {LANGUAGE_JA, LANGUAGE_EN, LANGUAGE_EN}},
		{LANGUAGE_KO, {LANGUAGE_KO, LANGUAGE_EN, LANGUAGE_EN}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned int s = SCREEN_UTF8; s <= SCREEN_ASCII; s++)
			assert_int_equal(
				language_on_screen(rows[i].language, (enum language_screen)s),
				rows[i].on[s]);
}

static void which_terminals_are_consoles(void **state)
{
	static const struct {
		const char *tty;
		bool console;
	} rows[] = {{NULL, false}, {"", false}, {"tty", false}, {"/dev/tty", false}, {"tty1", true},
		{"/dev/tty12", true}, {"ttyS0", false}, {"/dev/ttyAMA0", false}, {"pts/1", false},
		{"/dev/pts/1", false}, {"ssh", false}, {":0", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(terminal_is_console(rows[i].tty), rows[i].console);
}

/* In a process of its own, which has no terminal, or one of its own. Returns what is said there. */
static bool takes_utf8_in(bool terminal, bool utf8)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		setsid();
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		if (terminal) {
			struct termios settings;
			int own = posix_openpt(O_RDWR | O_NOCTTY);
			int fd = grantpt(own) < 0 || unlockpt(own) < 0
					 ? -1
					 : open(ptsname(own), O_RDWR | O_NOCTTY);

			if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || tcgetattr(fd, &settings) < 0)
				_exit(9);
			settings.c_iflag &= ~(tcflag_t)IUTF8;
			settings.c_iflag |= utf8 ? IUTF8 : 0;
			if (tcsetattr(fd, TCSANOW, &settings) < 0)
				_exit(9);
		}
		_exit(terminal_takes_utf8() ? 1 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), 1, 2);
	return WEXITSTATUS(status) == 1;
}

static void the_kernel_knows_what_a_terminal_takes(void **state)
{
	(void)state;
	assert_true(takes_utf8_in(true, true));
	assert_false(takes_utf8_in(true, false));
	assert_true(takes_utf8_in(false, false));
}

#define IN_ENGLISH "If you did not start this sign-in yourself"
#define IN_GERMAN  "Wenn Sie diese Anmeldung nicht selbst"
#define IN_KOREAN  "직접 시작한 로그인이 아니라면"

static void which_language_a_person_gets(void **state)
{
	static const struct {
		const char *config, *locale; /* its file; NULL: none */
		unsigned int mode;
		const char *service, *shown;
	} rows[] = {
		{"", NULL, 0644, "login", IN_ENGLISH},
		{"", "LANG=de_DE.UTF-8\n", 0644, "sshd", IN_GERMAN},
		{"", "LANG=ko_KR.UTF-8\n", 0644, "sshd", IN_KOREAN},
		{"[prompt]\nlanguage = auto\n", "LANG=ko_KR.UTF-8\n", 0644, "sshd", IN_KOREAN},
		{"[prompt]\nlanguage = en\n", "LANG=ko_KR.UTF-8\n", 0644, "sshd", IN_ENGLISH},
		/* tty1, whatever this test runs in */
		{"", "LANG=ko_KR.UTF-8\n", 0644, "login", IN_ENGLISH},
		{"[prompt]\nlanguage = ko\n", NULL, 0644, "login", IN_KOREAN},
		{"[prompt]\nlanguage = ko\n[service login]\nlanguage = de\n", NULL, 0644, "login",
			IN_GERMAN},
		{"[prompt]\nlanguage = ko\n[service login]\nlanguage = de\n", NULL, 0644, "sshd",
			IN_KOREAN},
		/* who else could write it */
		{"", "LANG=ko_KR.UTF-8\n", 0666, "sshd", IN_ENGLISH},
	};
	struct stage *stage = *state;
	char path[160];

	snprintf(path, sizeof(path), "%s/locale", stage->folder);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool sshd = strcmp(rows[i].service, "sshd") == 0;
		const struct scene scene = {.service = rows[i].service,
			.tty = sshd ? "ssh" : "tty1",
			.environment = {
				sshd ? "SSH_CONNECTION=203.0.113.7 9 203.0.113.1 22" : NULL}};

		stage_configure(stage, rows[i].config);
		if (rows[i].locale)
			stage_write(path, rows[i].locale, rows[i].mode);
		stage_locale(rows[i].locale ? path : "/nonexistent");
		assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
		if (!strstr(stage->shown, rows[i].shown))
			fail_msg("row %zu: %s", i, stage->shown);
		unlink(path);
	}
	stage_locale("/nonexistent");
}

/* Under su the environment is the caller's. */
static void the_environment_says_nothing(void **state)
{
	static const char *const names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
	struct stage *stage = *state;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(setenv(names[i], i ? "ko_KR.UTF-8" : "ko", 1), 0);
	assert_int_equal(stage_authenticate(stage, &(struct scene){0}), PAM_SUCCESS);
	assert_non_null(strstr(stage->shown, IN_ENGLISH));
	for (size_t i = 0; i < 4; i++)
		unsetenv(names[i]);
}

/* What is told of a configuration that cannot be read is told in the machine's own language. */
static void without_a_configuration(void **state)
{
	struct stage *stage = *state;
	char path[160];

	snprintf(path, sizeof(path), "%s/locale", stage->folder);
	stage_write(path, "LANG=de_DE.UTF-8\n", 0644);
	stage_locale(path);
	stage_configure(stage, "[prompt]\nlanguage = en\n[nonsense]\n");
	assert_int_equal(stage_authenticate(stage, &(struct scene){0}), PAM_SYSTEM_ERR);
	assert_string_equal(
		stage->shown, "Single Sign-on ist auf diesem Rechner falsch eingerichtet.\n");
	stage_locale("/nonexistent");
}

static void verdicts_and_passwords_too(void **state)
{
	static const char config[] = "[prompt]\nlanguage = ko\n";
	struct stage *stage = *state;
	char before[256];

	snprintf(before, sizeof(before), "%s", setlocale(LC_ALL, NULL));
	stage_configure(stage, config);
	stage_transcript(stage, SAY_PROMPT SAY_REASON("access-denied"));
	assert_int_not_equal(stage_authenticate(stage, &(struct scene){0}), PAM_SUCCESS);
	assert_non_null(strstr(stage->shown, "로그인이 거부되었습니다."));
	/* the log is for whoever looks after the machine */
	assert_true(stage_logged("reason=access-denied"));
	stage_start(stage, &(struct scene){0});
	assert_int_not_equal(pam_chauthtok(stage->pamh, 0), PAM_SUCCESS);
	assert_non_null(strstr(stage->shown,
		"이 암호는 ID 공급자가 관리합니다. 다음 주소에서 변경하십시오:\n" STAGE_ISSUER));
	/* the host's is as it was */
	assert_string_equal(setlocale(LC_ALL, NULL), before);
}

#define ON_STAGE(TEST) cmocka_unit_test_setup_teardown(TEST, stage_setup, stage_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_prompt_in_each_language),
		cmocka_unit_test(no_line_is_too_wide),
		cmocka_unit_test(nothing_is_left_in_english),
		cmocka_unit_test(values_stand_in_one_column),
		cmocka_unit_test(the_machine_s_locale),
		cmocka_unit_test(what_a_screen_shows),
		cmocka_unit_test(which_terminals_are_consoles),
		cmocka_unit_test(the_kernel_knows_what_a_terminal_takes),
		ON_STAGE(which_language_a_person_gets),
		ON_STAGE(the_environment_says_nothing),
		ON_STAGE(without_a_configuration),
		ON_STAGE(verdicts_and_passwords_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
