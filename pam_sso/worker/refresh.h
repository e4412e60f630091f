/*
 * refresh: the job of renewing the tokens of many sessions (RFC 6749 section 6, OpenID Connect Core
 * 12). Each is an item (item.h), which the caller sends when it is ready for it.
 *
 * 1. Discovery, where it is needed, and the key set come first: what can fail without a refresh
 *    token is asked before one is spent, so that little stands between a reply and the caller who
 *    must store what it brought. Where it fails, that is the result, and no item was sent; else the
 *    caller is told that it may send some.
 * 2. An item is answered as soon as its answer is there, whatever becomes of the others. There are
 *    never more than WIRE_ITEMS of them at hand, nor more on their way than http_width() allows, and
 *    no further one is read while the caller does not take answers: the socket holds back who is
 *    too fast. One that has waited for half its deadline is not sent any more, but answered
 *    REASON_UNREACHABLE: a reply that comes too late brings a refresh token that is lost.
 * 3. Where a reply says that the provider wants to be left alone, no further item MUST be sent
 *    before that time has passed. One that would wait too long for that is answered at once.
 * 4. Behind the end of what the caller sends, what is outstanding is answered, and then the job is
 *    done. When the caller goes away, nothing more is sent.
 * 5. Something that is no item, or has the id of another that is at hand, ends the reading: what is
 *    outstanding is answered, and the result is REASON_INTERNAL.
 */
#ifndef PAM_SSO_REFRESH_H
#define PAM_SSO_REFRESH_H

#include "reason.h"
#include "task.h"

enum reason refresh_run(struct task *task);

#endif
