/*
 * The record protocol (record.h), in each vocabulary that is spoken (wire.h): the first byte chooses.
 * What is read is written as it stood, and no beginning of it is a record.
 */
#include "fuzz.h"

#include <errno.h>

#include "count.h"
#include "record.h"
#include "wire.h"

static const struct record_key *const vocabularies[] = {
	wire_request, wire_item, wire_event, wire_store, wire_stored, wire_paste};

static void check_fields(const struct record *record, const struct record_key *vocabulary)
{
	size_t fields = 0;

	for (const struct record_key *key = vocabulary; key->name; key++) {
		size_t n = record_count(record, key->name);

		MUST(n < 2 || key->list);
		fields += n;
		for (size_t i = 0; i < n; i++)
			for (const char *at = record_nth(record, key->name, i); *at; at++)
				MUST((unsigned char)*at >= 0x20 && *at != 0x7f);
	}
	MUST(fields <= RECORD_FIELDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	RECORD_AUTO(record);
	RECORD_AUTO(none);
	BUF_AUTO(out, RECORD_MAX);

	if (len == 0)
		return 0;
	const struct record_key *vocabulary = vocabularies[bytes[0] % COUNT(vocabularies)];
	const char *text = (const char *)bytes + 1;
	int size = record_parse(text, len - 1, vocabulary, &record);
	MUST((size > 0) == (record != NULL));
	MUST(size >= 0 || size == -EBADMSG || size == -EMSGSIZE);
	if (size <= 0)
		return 0;
	MUST((size_t)size <= len - 1 && size <= RECORD_MAX);
	check_fields(record, vocabulary);
	MUST(record_format(record, &out) == 0);
	MUST(out.len == (size_t)size && memcmp(out.data, text, out.len) == 0);
	MUST(record_parse(text, (size_t)size - 1, vocabulary, &none) == 0);
	return 0;
}
