#include "pam_stack.h"

#include <string.h>

enum { LEVELS = 32 };

enum impression { UNDECIDED, POSITIVE, NEGATIVE };

struct state {
	enum impression impression;
	enum pam_answer answer; /* what it comes to so far */
};

static void say_yes(struct state *state, enum pam_answer answer)
{
	bool open = state->impression == UNDECIDED ||
		    (state->impression == POSITIVE && state->answer == ANSWER_SUCCESS);

	if (open && answer != ANSWER_IGNORE)
		*state = (struct state){.impression = POSITIVE, .answer = answer};
}

/* The first refusal counts. */
static void say_no(struct state *state, enum pam_answer answer)
{
	if (state->impression != NEGATIVE)
		*state = (struct state){.impression = NEGATIVE,
			.answer = answer == ANSWER_IGNORE ? ANSWER_PERM_DENIED : answer};
}

/* The last entry of the substack that AT stands in, or of the stack. */
static size_t end_of_level(const struct pam_stack *stack, size_t at)
{
	unsigned int level = stack->entries[at].level;

	while (at + 1 < stack->n && stack->entries[at + 1].level >= level)
		at++;
	return at;
}

/* The last of the JUMP entries behind AT, where a substack is one. Returns whether there are so
 * many. */
static bool jump_from(const struct pam_stack *stack, size_t *at, int jump)
{
	unsigned int level = stack->entries[*at].level;

	for (; jump > 0; jump--) {
		if (*at + 1 >= stack->n || stack->entries[*at + 1].level < level)
			return false;
		++*at;
		while (*at + 1 < stack->n && stack->entries[*at + 1].level > level)
			++*at;
	}
	return true;
}

/* What an entry's action does. Returns the entry behind which it goes on. */
static size_t act(const struct pam_stack *stack, size_t at, enum pam_answer answer,
	const struct state *before, struct state *state)
{
	int action = stack->entries[at].actions[answer];

	switch (action) {
	case ACTION_IGNORE: return at;
	case ACTION_RESET: *state = *before; return at;
	case ACTION_OK: say_yes(state, answer); return at;
	case ACTION_DONE:
		say_yes(state, answer);
		return state->impression == POSITIVE ? end_of_level(stack, at) : at;
	case ACTION_DIE: say_no(state, answer); return end_of_level(stack, at);
	case ACTION_BAD: say_no(state, answer); return at;
	default:
		if (!jump_from(stack, &at, action))
			*state = (struct state){NEGATIVE, ANSWER_PERM_DENIED};
		return at;
	}
}

bool pam_stack_run(const struct pam_stack *stack, const enum pam_answer *answers, bool *reached)
{
	struct state state = {UNDECIDED, ANSWER_PERM_DENIED};
	/* What each substack began with, which its reset goes back to. */
	struct state before[LEVELS] = {{UNDECIDED, ANSWER_PERM_DENIED}};

	memset(reached, 0, stack->n * sizeof(*reached));
	for (size_t at = 0; at < stack->n; at++) {
		const struct pam_entry *entry = &stack->entries[at];

		reached[at] = !entry->substack;
		if (entry->substack)
			before[entry->level + 1] = state;
		else
			at = act(stack, at, answers[at], &before[entry->level], &state);
	}
	return state.impression == POSITIVE && state.answer == ANSWER_SUCCESS;
}
