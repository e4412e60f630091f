/*
 * fake_libaudit: a library that libpam and the module take for libaudit.
 */
#ifndef FAKE_LIBAUDIT_H
#define FAKE_LIBAUDIT_H

#include <stdbool.h>

struct fake_libaudit {
	int open_error; /* of the next audit_open(); 0: none */
	int log_result; /* of audit_log_user_message() */
	bool no_memory;
	char said[8192]; /* what the module wanted to be recorded; "" for nothing */
};

extern struct fake_libaudit fake_libaudit;

#endif
