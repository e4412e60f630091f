#include "bind.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "closing.h"
#include "person_token.h"
#include "remember.h"

/* Rule 1. */
static int put_expected(const struct shelf *shelf, const struct binding *binding)
{
	BINDING_AUTO(earlier);

	if (binding->state == BINDING_STANDING_EXPECTED &&
		binding_get(&shelf->bindings, &binding->process, &earlier) == 0 &&
		binding_is_login(&earlier))
		return 0;
	return binding_put(&shelf->bindings, binding);
}

static int expect(struct context *context, struct shelf *shelf, enum host_kind kind, const char *id,
	enum binding_state state)
{
	struct binding binding = {.state = state,
		.user = context->user,
		.service = context->service,
		.since = clock_wall_s()};
	pid_t parent = 0;

	memcpy(binding.session, id, sizeof(binding.session));
	int r = shelf_bindings(context, shelf);
	if (r == 0)
		r = process_look(getpid(), &binding.process, &parent);
	if (r == 0)
		r = put_expected(shelf, &binding);
	if (r < 0 || kind != HOST_SSHD)
		return r;
	r = process_look(parent, &binding.process, NULL);
	return r == 0 ? put_expected(shelf, &binding) : r;
}

int bind_expect(struct context *context, struct shelf *shelf, enum host_kind kind, const char *id)
{
	return expect(context, shelf, kind, id, BINDING_EXPECTED);
}

int bind_expect_standing(
	struct context *context, struct shelf *shelf, enum host_kind kind, const char *id)
{
	return expect(context, shelf, kind, id, BINDING_STANDING_EXPECTED);
}

/* The binding of this process. */
static int get_own(
	struct context *context, struct shelf *shelf, struct binding *ret, pid_t *ret_parent)
{
	struct process self;
	int r = process_look(getpid(), &self, ret_parent);

	if (r == 0)
		r = shelf_bindings(context, shelf);
	return r == 0 ? binding_get(&shelf->bindings, &self, ret) : r;
}

/* sudo opens the session as another user than it asked about; the handle remembers that one. */
static bool is_user(const struct context *context, const char *user)
{
	const char *signed_in = remembered_user(context->pamh);

	return strcmp(user, context->user) == 0 || (signed_in && strcmp(user, signed_in) == 0);
}

/* Rule 2. */
static int open_own(const struct context *context, struct shelf *shelf, struct binding *own)
{
	int r = is_user(context, own->user) ? binding_open(own, clock_wall_s()) : -ENOENT;

	return r == 0 ? binding_put(&shelf->bindings, own) : r;
}

static void forget_parent(struct shelf *shelf, const struct binding *own, pid_t parent)
{
	BINDING_AUTO(binding);
	struct process process;

	if (process_look(parent, &process, NULL) == 0 &&
		binding_get(&shelf->bindings, &process, &binding) == 0 &&
		!binding_is_login(&binding) && strcmp(binding.session, own->session) == 0)
		(void)binding_remove(&shelf->bindings, &process);
}

void bind_opened(struct context *context)
{
	SHELF_AUTO(shelf);
	BINDING_AUTO(own);
	pid_t parent = 0;

	if (!context->config.session.keep)
		return;
	int r = get_own(context, &shelf, &own, &parent);
	if (r == 0)
		r = open_own(context, &shelf, &own);
	/* Most logins of a machine are none of ours. */
	if (r == -ENOENT)
		return;
	shelf_log(context, "opened", own.session, r);
	if (r < 0)
		return;
	forget_parent(&shelf, &own, parent);
	if (own.state == BINDING_OPEN)
		person_token_give(context, &shelf, own.session);
}

/* Rule 3. */
static int close_own(const struct context *context, struct shelf *shelf, struct binding *own)
{
	if (context->config.session.close_session != CLOSE_REVOKE)
		return binding_remove(&shelf->bindings, &own->process);
	own->state = BINDING_CLOSED;
	int r = binding_put(&shelf->bindings, own);
	return r < 0 ? binding_remove(&shelf->bindings, &own->process) : r;
}

void bind_closed(struct context *context)
{
	SHELF_AUTO(shelf);
	BINDING_AUTO(own);

	if (!context->config.session.keep)
		return;
	int r = get_own(context, &shelf, &own, NULL);
	if (r == -ENOENT || (r == 0 && !binding_is_login(&own)))
		return;
	if (r == 0)
		r = close_own(context, &shelf, &own);
	shelf_log(context, "closed", own.session, r);
	if (r == 0 && closing_session(context, &shelf, own.session) == 0)
		(void)binding_remove(&shelf.bindings, &own.process);
}
