/*
 * profile: what a product of the market wants said, so that a file need not say it: `profile = NAME`.
 *
 * 1. A profile is rows of defaults for keys of the configuration, and nothing else: what it says, a
 *    file can say without it, and what the file says counts instead. No other code asks which
 *    profile is set.
 * 2. A default for an endpoint that begins with `/` stands behind the issuer, a slash at its end not
 *    doubled.
 * 3. What a file must say where there is no default, it need not say where its profile does.
 */
#ifndef PAM_SSO_PROFILE_H
#define PAM_SSO_PROFILE_H

#include "config_error.h"
#include "config_layer.h"

/* The names, by enum profile; ends with NULL. */
extern const char *const profile_names[];

/* What a profile says of the key of that name, or NULL. Static. */
const char *profile_default(enum profile profile, const char *key);

/* Puts the defaults of the profile that GENERAL says into CONFIG, in place of what that has. NAME
 * stands for the file. Returns 0; -EINVAL with *error set; -ENOMEM. */
int profile_apply(const struct config_layer *general, struct config *config, const char *name,
	struct config_error *error);

#endif
