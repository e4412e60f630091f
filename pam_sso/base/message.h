/*
 * message: the texts that a person at the prompt sees, in their language.
 *
 * The English text is the key; po/LANGUAGE.po is its translation, which po/to-c.awk makes a table
 * of when the project is built. Not gettext's own functions: they go by the process's locale and
 * text domain, which are the host's, and by the environment, which under su is the caller's.
 *
 * Every literal that is shown MUST stand in a call of these, in MESSAGE(), or in the table of
 * reason.h: tests/messages-are-whole collects them there, and compares the catalogues.
 */
#ifndef PAM_SSO_MESSAGE_H
#define PAM_SSO_MESSAGE_H

enum language {
	LANGUAGE_AUTO, /* in the configuration: this machine's. Elsewhere English */
	LANGUAGE_EN,
	LANGUAGE_DE,
	LANGUAGE_ES,
	LANGUAGE_FR,
	LANGUAGE_JA,
	LANGUAGE_KO,
	LANGUAGE_COUNT
};

/* What they are called, in this order: as language tags have it (RFC 5646), and `auto`. Ends with
 * NULL. */
extern const char *const language_names[];

/* The language that is called so; LANGUAGE_AUTO where none is, and for NULL. Pure. */
enum language language_named(const char *name);

/* Marks a text that is translated where it is shown. */
#define MESSAGE(TEXT) TEXT

/* TEXT in that language, or TEXT itself where there is none. A format's translation has the same
 * arguments. UTF-8; static, or TEXT. Pure. */
const char *message(enum language language, const char *text) __attribute__((format_arg(2)));

/* The form of it for N: ONE and MANY are the two that English has. */
const char *message_plural(enum language language, const char *one, const char *many,
	unsigned long long n) __attribute__((format_arg(2), format_arg(3)));

#endif
