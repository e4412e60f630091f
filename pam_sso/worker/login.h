/*
 * login: the job of signing one person in: by the device flow (device_flow.h), or by the
 * authorization code flow (code_flow.h).
 *
 * 1. Which flow it is the request says. `auto` is the device flow where the provider has it and
 *    gives this client a code by it; else the code flow, and a refusal is noted.
 * 2. Behind the tokens come: the ID token, and userinfo where it is asked for. No request is sent
 *    but those that the flow and verify.h name, and none twice but the polls and, once, the key
 *    set. (A kept connection may break as a request goes out: then it is sent again, unless it is
 *    one that spends something.)
 * 3. The person is told about only by the rules of verify.h; the tokens are told where they are
 *    asked for, and only of a person who is told about.
 * 4. When the caller goes away, nothing more is sent.
 */
#ifndef PAM_SSO_LOGIN_H
#define PAM_SSO_LOGIN_H

#include "reason.h"
#include "task.h"

enum reason login_run(struct task *login);

#endif
