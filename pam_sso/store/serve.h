/*
 * serve: the conversation of sso-store with its caller, from `open` to the end of file.
 */
#ifndef PAM_SSO_SERVE_H
#define PAM_SSO_SERVE_H

/* Speaks over FD. Returns the exit status: WIRE_EXIT_REFUSED where the conversation came to its end
 * (what became of each request stands in its reply), WIRE_EXIT_BROKEN where it could not go on. */
int serve(int fd);

#endif
