#include "asking.h"

#include "paste.h"

static enum reason end_of(const struct asking *asking)
{
	if (asking->typed)
		return REASON_ANSWER;
	return asking->failed ? REASON_NO_CONVERSATION : REASON_NO_TERMINAL;
}

static enum reason note_wrong(struct asking *asking, enum note note)
{
	asking->note = note;
	return ++asking->wrong < ASKING_WRONG ? REASON_OK : end_of(asking);
}

enum reason asking_take(struct asking *asking, struct secret *line, bool *ret_send)
{
	enum paste paste = paste_judge(line, asking->kind);

	asking->note = NOTE_NONE;
	if (paste == PASTE_EMPTY)
		return asking->place == ANSWER_COMES ? REASON_OK : note_wrong(asking, NOTE_EMPTY);
	asking->typed = true;
	if (paste != PASTE_FIT)
		return note_wrong(asking, paste == PASTE_CUT ? NOTE_CUT : NOTE_WRONG);
	*ret_send = true;
	return REASON_OK;
}

enum reason asking_failed(struct asking *asking)
{
	if (asking->kind != HOST_SUDO)
		return REASON_NO_CONVERSATION;
	asking->failed = true;
	return note_wrong(asking, NOTE_CUT);
}

enum reason asking_hear(struct asking *asking, const struct record *again)
{
	int64_t part = 0;

	if (!record_get(again, "part"))
		return note_wrong(asking, NOTE_WRONG);
	if (record_get_int(again, "part", 1, ASKING_PARTS, &part) < 0)
		return REASON_WORKER;
	asking->note = NOTE_PART;
	asking->part = (unsigned int)part;
	return ++asking->parts > ASKING_PARTS ? REASON_ANSWER : REASON_OK;
}
