#include "check_finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "escape.h"
#include "json_out.h"

enum {
	WIDTH = 100, /* columns of a terminal that are used */
	INDENT = 14,
	LINE_MAX_BYTES = 16 * 1024,
};

static const char *const severities[] = {
	[CHECK_OK] = "ok",
	[CHECK_WARNING] = "warning",
	[CHECK_ERROR] = "error",
};

void check_find(
	struct check_findings *findings, const struct check_kind *kind, const char *format, ...)
{
	va_list args;
	char *what = NULL;

	va_start(args, format);
	int r = vasprintf(&what, format, args);
	va_end(args);
	struct check_finding *items = r < 0 ? NULL
					    : reallocarray(findings->items, findings->n + 1,
						      sizeof(*findings->items));
	if (!items) {
		free(r < 0 ? NULL : what);
		findings->error = -ENOMEM;
		return;
	}
	findings->items = items;
	findings->items[findings->n++] = (struct check_finding){.kind = kind, .what = what};
}

bool check_has(const struct check_findings *findings, enum check_severity severity)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].kind->severity == severity)
			return true;
	return false;
}

/* The words of TEXT in lines of WIDTH, the first behind LABEL. */
static void print_paragraph(const char *label, const char *text)
{
	size_t column = INDENT;

	if (!text)
		return;
	printf("%*s%-4s", INDENT - 4, "", label);
	for (const char *word = text; *word;) {
		size_t len = strcspn(word, " ");
		bool first = column == INDENT;

		if (!first && column + 1 + len > WIDTH) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
			first = true;
		}
		printf("%s%.*s", first ? "" : " ", (int)len, word);
		column += len + (first ? 0 : 1);
		word += len;
		word += strspn(word, " ");
	}
	putchar('\n');
}

static void print_text(const struct check_finding *finding)
{
	BUF_AUTO(what, LINE_MAX_BYTES);

	(void)escape_add(&what, finding->what);
	printf("%-7s  %s: %s\n", severities[finding->kind->severity], finding->kind->name,
		buf_str(&what));
	print_paragraph("why", finding->kind->why);
	print_paragraph("do", finding->kind->advice);
}

static void print_json(const struct check_finding *finding)
{
	const struct {
		const char *name, *value;
	} members[] = {
		{"severity", severities[finding->kind->severity]},
		{"check", finding->kind->name},
		{"what", finding->what},
		{"why", finding->kind->why},
		{"do", finding->kind->advice},
	};
	BUF_AUTO(out, LINE_MAX_BYTES);

	for (size_t i = 0; i < COUNT(members); i++) {
		(void)buf_printf(&out, "%s\"%s\": ", i ? ", " : "{", members[i].name);
		(void)json_out_string(&out, members[i].value);
	}
	printf("%s}\n", buf_str(&out));
}

void check_print(const struct check_findings *findings, size_t from, bool json)
{
	for (size_t i = from; i < findings->n; i++)
		(json ? print_json : print_text)(&findings->items[i]);
	/* Some parts take seconds: who waits sees what there is. */
	(void)fflush(stdout);
}

void check_findings_free(struct check_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		free(findings->items[i].what);
	free(findings->items);
	*findings = (struct check_findings){.items = NULL};
}
