/*
 * count: how many elements an array has.
 */
#ifndef PAM_SSO_COUNT_H
#define PAM_SSO_COUNT_H

/* Of an array itself: a pointer to its first element has forgotten. */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#endif
