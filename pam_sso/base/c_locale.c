#include "c_locale.h"

#include <errno.h>

int c_locale_enter(struct c_locale *locale)
{
	locale_t own = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	if (!own)
		return -ENOMEM;
	locale->own = own;
	locale->before = uselocale(own);
	return 0;
}

void c_locale_leave(struct c_locale *locale)
{
	if (!locale->own)
		return;
	uselocale(locale->before);
	freelocale(locale->own);
	*locale = (struct c_locale){0};
}
