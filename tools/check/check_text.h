/*
 * check_text: lines and words of configuration files.
 */
#ifndef PAM_SSO_CHECK_TEXT_H
#define PAM_SSO_CHECK_TEXT_H

/* Takes the next line of *AT, which moves behind it, without blanks around it. NULL at the end. The
 * text is cut up. */
char *check_text_line(char **at);

/* Takes the first word of *AT, which moves behind it and the blanks, or the `=`, that follow. NULL
 * where there is none. The text is cut up. */
char *check_text_word(char **at);

#endif
