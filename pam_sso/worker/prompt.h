/*
 * prompt: what the person has to be shown: event=prompt; and event=again, where the person's part is
 * not done.
 */
#ifndef PAM_SSO_PROMPT_H
#define PAM_SSO_PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "device.h"

struct prompt_style {
	bool complete_link; /* show the address that carries the code, where the IdP gives one */
	bool qr;            /* add the lines of a QR code of the shown address, where it fits */
};

/* Of the code flow. */
struct prompt_link {
	const char *uri;
	int64_t good_for; /* seconds */
	bool qr;          /* add the lines of its QR code, where it fits */
	bool listening;   /* a browser on this machine brings the answer by itself */
};

/* What is wanted after something that was pasted. */
struct prompt_again {
	unsigned int part;  /* the part that is needed next; 0: what was pasted was wrong */
	const char *detail; /* what was wrong with it, escaped */
	unsigned int left;  /* how many more may be wrong */
};

/* Each says it, up to DEADLINE_MS (clock_monotonic_ms()), and returns 0, -ENOMEM, or as
 * channel_send(). GOOD_FOR is how many seconds the code is good. */
int prompt_send(struct channel *channel, const struct device_grant *grant, int64_t good_for,
	const struct prompt_style *style, int64_t deadline_ms);
int prompt_send_link(struct channel *channel, const struct prompt_link *link, int64_t deadline_ms);
int prompt_send_again(
	struct channel *channel, const struct prompt_again *again, int64_t deadline_ms);

#endif
