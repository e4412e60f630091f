/*
 * config_form: what one value of the configuration may look like.
 *
 * Values are bytes without control characters when they come here (config_scan.h). Each form is a
 * question and the words that finish the sentence "KEY must be ...".
 */
#ifndef PAM_SSO_CONFIG_FORM_H
#define PAM_SSO_CONFIG_FORM_H

#include <stdbool.h>

enum {
	CONFIG_URL_MAX = 512,
	CONFIG_TEXT_MAX = 255,
};

struct config_form {
	bool (*holds)(const char *value);
	const char *text;
};

extern const struct config_form config_form_text;      /* printable ASCII without blanks */
extern const struct config_form config_form_group;     /* a group at the IdP: any text */
extern const struct config_form config_form_issuer;    /* OpenID Connect Discovery 1.0 section 3 */
extern const struct config_form config_form_endpoint;  /* https, no user, no fragment */
extern const struct config_form config_form_redirect;  /* https, or http on 127.0.0.1 or [::1] */
extern const struct config_form config_form_proxy;     /* http or https, host and port */
extern const struct config_form config_form_store_url; /* rediss://, or redis:// on loopback */
extern const struct config_form config_form_path;      /* absolute */
extern const struct config_form config_form_directory; /* absolute, no slash at its end */
extern const struct config_form config_form_scope;     /* RFC 6749 section 3.3 */
extern const struct config_form config_form_parameter; /* parameter.h */
extern const struct config_form config_form_claim;     /* a dotted path */
extern const struct config_form config_form_claim_value; /* `path=value` */
extern const struct config_form config_form_user;        /* username_valid() */
extern const struct config_form config_form_service;     /* a PAM service */
extern const struct config_form config_form_role;        /* `group:user` */

#endif
