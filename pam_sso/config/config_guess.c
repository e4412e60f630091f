#include "config_guess.h"

#include <stddef.h>
#include <string.h>

#include "config_keys.h"

enum { FAR = 3, SHORTEST = 3 };

/* How many letters stand between what both begin and end with; case does not matter. */
static size_t distance(const char *a, const char *b)
{
	size_t left = strlen(a), right = strlen(b);

	while (left && right && (*a | 0x20) == (*b | 0x20)) {
		a++, b++;
		left--, right--;
	}
	while (left && right && (a[left - 1] | 0x20) == (b[right - 1] | 0x20))
		left--, right--;
	return left > right ? left : right;
}

const char *config_guess(const char *name)
{
	const char *guess = NULL;
	size_t len = strlen(name), nearest = FAR;

	if (len < SHORTEST)
		return NULL;
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const char *key = config_keys[i].name;
		size_t far = distance(name, key);

		/* `client_secret` for `client_secret_file`. */
		if (strncmp(key, name, len) == 0 && key[len] == '_')
			far = FAR - 1;
		if (far >= nearest || far >= strlen(key))
			continue;
		nearest = far;
		guess = key;
	}
	return guess;
}
