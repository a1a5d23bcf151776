/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_HTTP_FAILURE_H
#define HSXFS_HTTP_FAILURE_H

#include "http_api.h"
#include <curl/curl.h>

/*
 * What an attempt that got no whole answer ended with, from libcurl's words for it. `text` is that
 * of CURLOPT_ERRORBUFFER, "" if there is none; over_long: we ended it ourselves, since the answer
 * had no end. For http.c alone.
 */
struct outcome http_failure(const struct http_api *api, CURL *easy, CURLcode code, const char *text,
			    bool over_long);

#endif
