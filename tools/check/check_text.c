#include "check_text.h"

#include <stddef.h>
#include <string.h>

char *check_text_line(char **at)
{
	char *line = *at;

	if (!*line)
		return NULL;
	char *end = line + strcspn(line, "\n");
	*at = *end ? end + 1 : end;
	*end = '\0';
	line += strspn(line, " \t\r");
	for (end = line + strlen(line); end > line && strchr(" \t\r", end[-1]); end--)
		end[-1] = '\0';
	return line;
}

char *check_text_word(char **at)
{
	char *word = *at;
	size_t len = strcspn(word, " \t=");

	if (!*word)
		return NULL;
	*at = word + len + strspn(word + len, " \t=");
	word[len] = '\0';
	return word;
}
