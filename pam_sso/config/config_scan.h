/*
 * config_scan: the bytes of a configuration file into layers, through inih.
 *
 * inih, as systems package it, reads a line into a fixed buffer (200 bytes on Debian 12 and 13),
 * goes on with the rest of a longer one as if it were a line of its own, cuts a section's name at
 * 49 bytes, cuts a value at a blank and `;`, reports no empty section, and takes an indented line
 * as one more value of the key before it, whatever it says. So the reader that inih asks for its
 * lines is ours, and it looks at each line first:
 * 1. A line that does not fit what inih offers, a control character other than the tab, and a blank
 *    followed by `;` MUST be errors. A comment has a line of its own, and may be of any length.
 * 2. A section line MUST be `[NAME]`, not indented, with nothing behind it, a known section or
 *    `service NAME`, and not one that stood before.
 * 3. An indented line MUST continue a list, and MUST NOT begin with the name of a key and `=`.
 * 4. A key MUST be known, in its own section or one that a service may have, and MUST stand once
 *    there. It MUST have a value, and a list at least one item.
 * 5. A byte order mark at the beginning, and a carriage return at a line's end, are not looked at.
 */
#ifndef PAM_SSO_CONFIG_SCAN_H
#define PAM_SSO_CONFIG_SCAN_H

#include "config_error.h"
#include "config_layer.h"

/* Reads LEN bytes. Returns 0 and fills *layers; -EINVAL with *error set; -ENOMEM. What *layers has
 * is the caller's to free in every case. NAME stands for the file. */
int config_scan(const char *bytes, size_t len, const char *name, struct config_layers *layers,
	struct config_error *error);

#endif
