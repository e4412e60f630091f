/*
 * session_view: how a session is shown, with the logins (binding_is_login()) of this machine that it
 * stands behind. No function shows a token.
 */
#ifndef PAM_SSO_SESSION_VIEW_H
#define PAM_SSO_SESSION_VIEW_H

#include "binding.h"
#include "session.h"

/* A table: its head, and a line for each session. What does not print is escaped. */
void session_view_head(void);
void session_view_row(const struct session *session, const struct binding_list *bindings);

/* A line for each property, and one for each login. */
void session_view_full(const struct session *session, const struct binding_list *bindings);

/* One line of JSON, without a newline. */
void session_view_json(const struct session *session, const struct binding_list *bindings);

#endif
