/*
 * store_file: a directory of sessions, a file each. The rules, and what each does, are in store.h;
 * ids have the form of one here.
 */
#ifndef PAM_SSO_STORE_FILE_H
#define PAM_SSO_STORE_FILE_H

#include "store.h"

int store_file_put(int dir, struct session *session);
int store_file_get(int dir, const char *id, struct session *ret);
int store_file_remove(int dir, const char *id);
int store_file_list(int dir, struct strlist *ret_ids);

/* Returns a descriptor, which store_file_unlock() takes back, or a negative errno. */
int store_file_lock(int dir, const char *id, int64_t deadline);
void store_file_unlock(int lock);

#endif
