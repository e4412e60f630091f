#include "columns.h"

#include <stdint.h>

#include "count.h"

struct range {
	uint32_t first, last;
	unsigned int columns;
};

/* In order. */
static const struct range ranges[] = {
	{0x0300, 0x036f, 0},                          /* combining marks */
	{0x1100, 0x115f, 2},                          /* the first letter of a Hangul syllable */
	{0x1160, 0x11ff, 0},                          /* what joins it */
	{0x200b, 0x200f, 0},                          /* no width, and direction */
	{0x2e80, 0x303e, 2},                          /* radicals, CJK punctuation */
	{0x3041, 0x3098, 2},                          /* Hiragana */
	{0x3099, 0x309a, 0},                          /* its combining marks */
	{0x309b, 0x33ff, 2},                          /* Katakana, letters in circles and squares */
	{0x3400, 0x4dbf, 2},                          /* ideographs */
	{0x4e00, 0xa4cf, 2},                          /* ideographs, Yi */
	{0xa960, 0xa97c, 2},                          /* Hangul */
	{0xac00, 0xd7a3, 2},                          /* Hangul syllables */
	{0xf900, 0xfaff, 2},                          /* ideographs */
	{0xfe00, 0xfe0f, 0},                          /* variants */
	{0xfe30, 0xfe6f, 2},                          /* forms of punctuation */
	{0xff01, 0xff60, 2},                          /* full width */
	{0xffe0, 0xffe6, 2},                          /* full width signs */
	{0x1f300, 0x1f64f, 2},                        /* pictures */
	{0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}, /* ideographs */
};

static unsigned int columns_of_letter(uint32_t letter)
{
	for (unsigned int i = 0; i < COUNT(ranges) && letter >= ranges[i].first; i++)
		if (letter <= ranges[i].last)
			return ranges[i].columns;
	return 1;
}

/* The length of the letter at TEXT, and the letter; a byte by itself where it begins none. */
static size_t read_letter(const unsigned char *text, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		size_t len;
	} forms[] = {{0xe0, 0xc0, 2}, {0xf0, 0xe0, 3}, {0xf8, 0xf0, 4}};

	*ret = 0;
	for (unsigned int i = 0; i < COUNT(forms); i++) {
		if ((*text & forms[i].mask) != forms[i].lead)
			continue;
		uint32_t letter = *text & (unsigned char)~forms[i].mask;
		size_t len = 1;

		/* It ends before the text does: a zero byte goes on with none. */
		for (; len < forms[i].len && (text[len] & 0xc0) == 0x80; len++)
			letter = letter << 6 | (text[len] & 0x3fu);
		if (len < forms[i].len)
			return 1;
		*ret = letter;
		return len;
	}
	return 1;
}

size_t columns_of(const char *text)
{
	size_t columns = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at;) {
		uint32_t letter;

		at += read_letter(at, &letter);
		columns += columns_of_letter(letter);
	}
	return columns;
}
