/*
 * http_curl: what http_exchange.c tells libcurl once and for all, and what it understands of its
 * errors.
 *
 * Between the files of http only: no other knows libcurl.
 */
#ifndef PAM_SSO_HTTP_CURL_H
#define PAM_SSO_HTTP_CURL_H

#include <curl/curl.h>

#include "http.h"
#include "reason.h"

/* Sets what is the same for every request: rules 1 and 2 of http.h, time limits, the manner, and the
 * configuration, whose strings libcurl copies. */
CURLcode http_curl_set(CURL *easy, const struct http_options *options, enum http_manner manner);

/* What an error means, by the list of http_send(); REASON_INTERNAL where it means nothing there. */
enum reason http_curl_reason(CURLcode code);

#endif
