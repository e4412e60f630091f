/*
 * login: the job of signing one person in by the device flow (RFC 8628).
 *
 * 1. The order is: discovery where it is needed, device authorization, event=prompt, key set,
 *    polls, ID token, userinfo where it is asked for. No other request is sent, and none twice but
 *    the polls and, once, the key set. (A kept connection may break as a request goes out: then
 *    it is sent again, unless it is a poll.)
 * 2. A person is told about (REASON_OK) only after idtoken_verify() returned REASON_OK, and
 *    userinfo, where asked for, is of the same person.
 * 3. No poll comes sooner than device_schedule allows, and none after the deadline.
 * 4. The key set is fetched while the person signs in. Where that fails, it is fetched again once
 *    the token is there; where the token's key is not in it, likewise; never a third time.
 * 5. When the caller goes away, nothing more is sent.
 * 6. No secret that was sent or received stands in the detail or a note, whatever the IdP says.
 * 7. Where the deadline comes before there is a code, or when the last poll got no answer, nobody
 *    was slow: the IdP could not be asked. So too at the code's expiry (device.h, rule 11).
 */
#ifndef PAM_SSO_LOGIN_H
#define PAM_SSO_LOGIN_H

#include "channel.h"
#include "record.h"
#include "result.h"

/* Runs the job. How it ended stands in RESULT, which the caller sends. */
void login_run(struct channel *channel, const struct record *record, struct result *result);

#endif
