#include "shed.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "count.h"

/* Up to the version. */
static const char *const unused[] = {
	"libldap", "liblber", "libsasl2",                       /* LDAP */
	"libgssapi_krb5.so", "libkrb5.so", "libkrb5support.so", /* Kerberos, and what it uses */
	"libk5crypto.so", "libcom_err.so", "libkeyutils.so", "librtmp.so",
	"libssh2.so",                                   /* RTMP, SSH */
	"libgnutls.so", "libp11-kit.so", "libtasn1.so", /* TLS of LDAP and RTMP, and what it uses */
	"libffi.so", "libnettle.so", "libhogweed.so", "libgmp.so",
	"libnghttp2.so", /* HTTP/2: a login speaks 1.1 (http.h) */
	"libpsl.so", "libidn2.so",
	"libunistring.so",         /* cookies; names that are not ASCII (url.h) */
	"libbrotli", "libzstd.so", /* compressed replies: none is asked for */
};

struct range {
	uintptr_t begin, end;
};

static bool is_unused(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; slash && i < COUNT(unused); i++)
		if (strncmp(slash + 1, unused[i], strlen(unused[i])) == 0)
			return true;
	return false;
}

static struct range place_of(const struct dl_phdr_info *info, size_t i)
{
	uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

	return (struct range){begin, begin + info->dlpi_phdr[i].p_memsz};
}

static struct range find_dynamic(const struct dl_phdr_info *info)
{
	for (size_t i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			return place_of(info, i);
	return (struct range){0, 0};
}

/* Rule 1. A segment has its pages to itself. */
static int shed_library(struct dl_phdr_info *info, size_t size, void *context)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const struct range dynamic = find_dynamic(info);

	(void)size;
	(void)context;
	if (!is_unused(info->dlpi_name))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const struct range data = place_of(info, i);

		if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_W))
			continue;
		for (uintptr_t at = data.begin & -page; at < data.end; at += page)
			if (at >= dynamic.end || at + page <= dynamic.begin)
				(void)madvise((void *)at, page, MADV_DONTNEED);
	}
	return 0;
}

static int read_loaded(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	*(unsigned long long *)context = info->dlpi_adds;
	return 1; /* it is the same for all */
}

unsigned long long shed_loaded(void)
{
	unsigned long long loaded = 0;

	(void)dl_iterate_phdr(read_loaded, &loaded);
	return loaded;
}

void shed_unused(unsigned long long loaded)
{
	if (loaded == shed_loaded())
		(void)dl_iterate_phdr(shed_library, NULL);
}
