/*
 * config_guess: which key somebody meant who wrote another name, for what is said of that line.
 *
 * It is the one that differs least, in two letters that stand beside each other or in what follows
 * an underscore. Nothing is read as the key that was guessed.
 *
 * Pure.
 */
#ifndef PAM_SSO_CONFIG_GUESS_H
#define PAM_SSO_CONFIG_GUESS_H

/* The name of that key, or NULL where none is near. */
const char *config_guess(const char *name);

#endif
