/*
 * check_finding: what `ssoctl check` finds, as data.
 *
 * A kind of finding is a constant of the file that looks for it: a name to search for, how bad it is,
 * why it matters and what to do. A finding is a kind, and what was seen where.
 */
#ifndef PAM_SSO_CHECK_FINDING_H
#define PAM_SSO_CHECK_FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum check_severity {
	CHECK_OK,      /* as it should be, and said so that it is known to have been looked at */
	CHECK_WARNING, /* it works, but not always, or not as most people would want */
	CHECK_ERROR,   /* nobody gets in by it, or somebody does who should not */
};

struct check_kind {
	const char *name; /* letters and dashes; the part before the first dash says of what */
	enum check_severity severity;
	const char *why;    /* one sentence; NULL with CHECK_OK */
	const char *advice; /* one sentence or more; NULL with CHECK_OK */
};

struct check_finding {
	const struct check_kind *kind;
	char *what; /* may have bytes from outside */
};

struct check_findings {
	struct check_finding *items; /* NULL while n is 0 */
	size_t n;
	int error; /* 0, or -ENOMEM: then there are more than stand here */
};

#define CHECK_FINDINGS_AUTO(name)                                                                  \
	__attribute__((cleanup(check_findings_free))) struct check_findings name = {.items = NULL}

/* Adds one. */
void check_find(struct check_findings *findings, const struct check_kind *kind, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* Whether one is of that severity. */
bool check_has(const struct check_findings *findings, enum check_severity severity);

/* Prints those from FROM on to standard output: a line of severity, name and what was seen, and
 * below it why and what to do; or an object of JSON a line. Escapes what does not print. */
void check_print(const struct check_findings *findings, size_t from, bool json);

void check_findings_free(struct check_findings *findings);

#endif
