#include "report.h"

#include <stdio.h>

#include "count.h"
#include "escape.h"
#include "json_out.h"

enum { LINE_MAX_BYTES = 8 * 1024 };

void report_session(
	bool json, const struct session *session, const char *outcome, enum reason reason)
{
	const struct {
		const char *name, *value;
	} columns[] = {
		{"id", session->id},
		{"user", session->user},
		{"outcome", outcome},
		{"reason", reason_name(reason)},
	};
	BUF_AUTO(out, LINE_MAX_BYTES);

	for (size_t i = 0; i < COUNT(columns); i++) {
		if (json) {
			buf_printf(&out, "%s\"%s\": ", i ? ", " : "{", columns[i].name);
			json_out_string(&out, columns[i].value);
		} else {
			buf_puts(&out, i ? "  " : "");
			escape_add(&out, columns[i].value);
		}
	}
	printf("%s%s\n", buf_str(&out), json ? "}" : "");
	/* Who watches sees it when it happens. */
	(void)fflush(stdout);
}
