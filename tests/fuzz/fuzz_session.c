/*
 * A stored session (session.h): what is read is written, and then stands.
 */
#include "fuzz.h"

#include <errno.h>

#include "session.h"
#include "username.h"

static void check(const struct session *session)
{
	RECORD_AUTO(event);

	MUST(session_id_valid(session->id) && username_valid(session->user));
	MUST(session->iss && session->sub && session->client_id && session->host);
	MUST(session->services.n >= 1 && session->services.n <= SESSION_SERVICES);
	MUST(session->created >= 0 && session->verified >= 0 && session->ends >= 0);
	MUST(session->auth_time >= -1 && session->access_ends >= -1 && session->renewals >= 0);
	MUST(session_give_facts(session, &event) == (session->facts.n ? 0 : -ENOENT));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	SESSION_AUTO(session);
	SESSION_AUTO(again);
	BUF_AUTO(out, RECORD_MAX);
	BUF_AUTO(out_again, RECORD_MAX);

	int r = session_parse((const char *)bytes, len, &session);
	MUST(r == 0 || r == -EBADMSG || r == -EMSGSIZE);
	MUST(r == 0 || !session.user);
	if (r < 0)
		return 0;
	check(&session);
	MUST(session_format(&session, &out) == 0);
	MUST(session_parse(out.data, out.len, &again) == 0);
	MUST(session_format(&again, &out_again) == 0);
	MUST(out.len == out_again.len && memcmp(out.data, out_again.data, out.len) == 0);
	return 0;
}
