/* SPDX-License-Identifier: MIT */
#include "http_failure.h"
#include <errno.h>

static enum outcome_kind kind_of_connect_error(CURL *easy)
{
	long number = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	switch (number) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
		return OUTCOME_UNREACHABLE;
	case ETIMEDOUT:
		return OUTCOME_TIMED_OUT;
	default:
		return OUTCOME_REFUSED;
	}
}

static enum outcome_kind kind_of_curl_code(CURL *easy, CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return OUTCOME_TIMED_OUT;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return OUTCOME_UNREACHABLE;
	case CURLE_COULDNT_CONNECT:
		return kind_of_connect_error(easy);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return OUTCOME_UNTRUSTED;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return OUTCOME_REFUSED;
	default:
		return OUTCOME_BAD_REPLY;
	}
}

struct outcome http_failure(const struct http_api *api, CURL *easy, CURLcode code, const char *text,
			    bool over_long)
{
	enum outcome_kind kind = kind_of_curl_code(easy, code);
	struct outcome outcome =
	    outcome_make(kind, "%s: %s", api->name, *text ? text : curl_easy_strerror(code));

	/* That is what libcurl 7.88 says of an over-long header line. */
	if (code == CURLE_OUT_OF_MEMORY)
		return outcome_make(OUTCOME_BAD_REPLY, "%s: an over-long header, or no memory",
				    api->name);
	if (over_long)
		return outcome_make(
		    OUTCOME_BAD_REPLY,
		    "%s: the reply, or its headers, are over-long (the limit is %zu bytes)",
		    api->name, HTTP_REPLY_CEILING);
	if (kind == OUTCOME_UNTRUSTED)
		return outcome_advise(outcome,
				      "check the address of the API; if its certificate is "
				      "signed by a private authority, name that in ca_file");
	if (outcome_is_unreachable(kind))
		return outcome_advise(outcome, "check the network and the address `%s'", api->url);
	return outcome;
}
