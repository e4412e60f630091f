#include "verdict.h"

#include <security/pam_modules.h>

#include "count.h"

static const struct verdict_row {
	enum reason_class class;
	int code[HOST_KIND_COUNT];
} rows[] = {
	{CLASS_SYSTEM, {PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR}},
	{CLASS_OK, {PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS}},
	{CLASS_AGAIN, {PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_AUTH_ERR}},
	{CLASS_FINAL, {PAM_PERM_DENIED, PAM_MAXTRIES, PAM_ABORT}},
	{CLASS_UNAVAILABLE, {PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL}},
	{CLASS_UNKNOWN_USER, {PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN}},
	{CLASS_ABORTED, {PAM_ABORT, PAM_MAXTRIES, PAM_ABORT}},
	{CLASS_NO_PROMPT, {PAM_CONV_ERR, PAM_CONV_ERR, PAM_CONV_ERR}},
	{CLASS_NOT_OURS, {PAM_IGNORE, PAM_IGNORE, PAM_IGNORE}},
};

int verdict_code(enum reason reason, enum host_kind kind)
{
	enum reason_class class = reason_class(reason);

	for (unsigned int i = 0; i < COUNT(rows); i++)
		if (rows[i].class == class && (unsigned int)kind < HOST_KIND_COUNT)
			return rows[i].code[kind];
	return PAM_SYSTEM_ERR;
}
