/*
 * shed: gives back, while a login waits, what libraries cost that this program never calls.
 *
 * libcurl as distributions build it brings libraries for LDAP, Kerberos, RTMP, SSH and more. https
 * alone is allowed here, in its plainest form (http_options.c), so none of them ever has anything to
 * do; but the dynamic linker writes addresses into pages of theirs, a fifth of what a waiting worker
 * would have to itself.
 *
 * 1. Given back are the pages that could be written when the linker did (their data, read-only by now
 *    or not), of the libraries in the table, and of no other. `.dynamic` stays: the linker itself
 *    reads it.
 * 2. Nothing is given back once the process has loaded a library beyond those it started with: a
 *    name service module may use one of these.
 * 3. Who calls into such a library all the same ends the process at once: the pages are as in the
 *    file again, and an address in them leads nowhere. The caller hears that it could not be asked.
 */
#ifndef PAM_SSO_SHED_H
#define PAM_SSO_SHED_H

/* How many libraries were ever loaded: to be asked before the network is used. */
unsigned long long shed_loaded(void);

/* Gives the pages back, where LOADED is still what shed_loaded() says. */
void shed_unused(unsigned long long loaded);

#endif
