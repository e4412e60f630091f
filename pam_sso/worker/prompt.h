/*
 * prompt: event=prompt: what the person has to be shown.
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

/* Says it, up to DEADLINE_MS (clock_monotonic_ms()). GOOD_FOR is how many seconds the code is good.
 * Returns 0, -ENOMEM, or as channel_send(). */
int prompt_send(struct channel *channel, const struct device_grant *grant, int64_t good_for,
	const struct prompt_style *style, int64_t deadline_ms);

#endif
