/* What sudoers(5) comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "count.h"
#include "sudoers.h"

static void include(void *context, const char *path, bool folder, struct sudoers *sudoers)
{
	(void)sudoers;
	buf_printf(context, "%s%s ", path, folder ? "/" : "");
}

static void join(const struct strlist *list, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s%s", i ? "; " : "", list->items[i]);
}

static void what_counts(void **state)
{
	static const struct {
		const char *text;
		bool noninteractive;
		const char *unasked, *kept, *includes;
	} rows[] = {
		{"", false, "", "", ""},
		{"Defaults noninteractive_auth", true, "", "", ""},
		{"Defaults env_reset,  noninteractive_auth, mail_badpass\n", true, "", "", ""},
		{"Defaults:%ops noninteractive_auth\n", true, "", "", ""},
		{"Defaults noninteractive_auth\nDefaults !noninteractive_auth\n", false, "", "",
			""},
		{"#Defaults noninteractive_auth\nDefaults env_reset # noninteractive_auth\n", false,
			"", "", ""},
		{"Defaults badpass_message=\"a, noninteractive_auth\"\n", false, "", "", ""},
		{"ops ALL=(ALL) NOPASSWD: ALL\n\n%wheel ALL=(ALL) ALL # NOPASSWD\n"
		 "#1000 ALL=NOPASSWD:ALL\n",
			false, "f:1: NOPASSWD; f:4: NOPASSWD", "", ""},
		{"Defaults:alice !authenticate\n", false, "f:1: !authenticate", "", ""},
		{"Defaults authenticate\n", false, "", "", ""},
		{"Defaults env_keep += \"http_proxy LANG https_proxy\"\n", false, "",
			"f:1: env_keep has http_proxy; f:1: env_keep has https_proxy", ""},
		{"Defaults env_keep+=SSLKEYLOGFILE, !env_reset\n", false, "",
			"f:1: env_keep has SSLKEYLOGFILE; f:1: !env_reset", ""},
		{"Defaults env_keep = *\n", false, "", "f:1: env_keep has *", ""},
		{"Defaults env_keep -= https_proxy\nDefaults !env_keep\n"
		 "Defaults env_keep += \"LANG LC_* DISPLAY\"\n",
			false, "", "", ""},
		/* a line that goes on */
		{"# here \\\nDefaults \\\n env_keep += \"A \\\n ALL_PROXY\"\nx ALL=NOPASSWD: ALL",
			false, "f:5: NOPASSWD", "f:2: env_keep has ALL_PROXY", ""},
		{"#includedir /etc/sudoers.d\n@include /etc/more # it\n#include local\n"
		 "@includedir \"/a\"\n#includes nothing\n",
			false, "", "", "/etc/sudoers.d/ /etc/more local /a/ "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_AUTO(unasked, 1024);
		BUF_AUTO(kept, 1024);
		BUF_AUTO(includes, 1024);
		struct sudoers sudoers = {.noninteractive = false};
		const struct sudoers_events events = {include, &includes};
		char *text = strdup(rows[i].text);

		assert_non_null(text);
		sudoers_read(text, "f", &sudoers, &events);
		join(&sudoers.unasked, &unasked);
		join(&sudoers.kept, &kept);
		assert_int_equal(sudoers.noninteractive, rows[i].noninteractive);
		assert_string_equal(buf_str(&unasked), rows[i].unasked);
		assert_string_equal(buf_str(&kept), rows[i].kept);
		assert_string_equal(buf_str(&includes), rows[i].includes);
		assert_int_equal(sudoers.error, 0);
		sudoers_free(&sudoers);
		free(text);
	}
}

static void which_files(void **state)
{
	(void)state;
	assert_true(sudoers_is_read("pam_sso"));
	assert_true(sudoers_is_read("90-cloud-init-users"));
	assert_false(sudoers_is_read("pam_sso.conf"));
	assert_false(sudoers_is_read("pam_sso~"));
	assert_false(sudoers_is_read(".."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_counts),
		cmocka_unit_test(which_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
