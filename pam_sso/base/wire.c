#include "wire.h"

#define WIRE_ROW(key, is_list) {.name = #key, .list = is_list},

const struct record_key wire_request[] = {WIRE_REQUEST_KEYS(WIRE_ROW){.name = NULL}};
const struct record_key wire_paste[] = {WIRE_PASTE_KEYS(WIRE_ROW){.name = NULL}};
const struct record_key wire_item[] = {WIRE_ITEM_KEYS(WIRE_ROW){.name = NULL}};
const struct record_key wire_event[] = {WIRE_EVENT_KEYS(WIRE_ROW){.name = NULL}};
const struct record_key wire_store[] = {WIRE_STORE_KEYS(WIRE_ROW){.name = NULL}};
const struct record_key wire_stored[] = {WIRE_STORED_KEYS(WIRE_ROW){.name = NULL}};
