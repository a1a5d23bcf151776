/* SPDX-License-Identifier: MIT */
#include "http.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* libcurl never resolves `localhost' by DNS (curl 7.77 and newer). */
static bool is_loopback(const char *host)
{
	struct in_addr address;

	if (!strcasecmp(host, "localhost") || !strcmp(host, "[::1]"))
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static const char *scheme_problem(CURLU *url)
{
	const char *problem = NULL;
	char *scheme = NULL, *host = NULL;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		problem = "has no scheme or host";
	else if (!strcmp(scheme, "http") && !is_loopback(host))
		problem = "is http, which is for loopback addresses only; use https";
	else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		problem = "is neither https nor http";
	curl_free(scheme);
	curl_free(host);
	return problem;
}

/* Anything but the clear answer that there is none counts as there. */
static bool has_part(CURLU *url, CURLUPart part, CURLUcode none)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) != none;

	curl_free(text);
	return has;
}

const char *http_url_problem(const char *text)
{
	const char *problem = NULL;
	CURLU *url = curl_url();

	if (!url)
		return "could not be checked: out of memory";
	if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		problem = "is not an address such as https://api.cloudflare.com/client/v4";
	else if (has_part(url, CURLUPART_USER, CURLUE_NO_USER) ||
		 has_part(url, CURLUPART_PASSWORD, CURLUE_NO_PASSWORD))
		problem = "must not hold a user or password";
	else if (has_part(url, CURLUPART_QUERY, CURLUE_NO_QUERY) ||
		 has_part(url, CURLUPART_FRAGMENT, CURLUE_NO_FRAGMENT))
		problem = "must not have a query or a fragment";
	else
		problem = scheme_problem(url);
	curl_url_cleanup(url);
	return problem;
}

/* What curl_url_get says of the part, as a port; 0 if there is none. */
static unsigned short port_of(const char *text, unsigned set_flags, unsigned get_flags)
{
	CURLU *url = curl_url();
	unsigned short port = 0;
	char *digits = NULL;

	if (url && curl_url_set(url, CURLUPART_URL, text, set_flags) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &digits, get_flags) == CURLUE_OK)
		port = (unsigned short)strtoul(digits, NULL, 10);
	curl_free(digits);
	curl_url_cleanup(url);
	return port;
}

unsigned short http_url_port(const char *url)
{
	return port_of(url, 0, CURLU_DEFAULT_PORT);
}

unsigned short http_proxy_port(const char *proxy)
{
	unsigned short port =
	    port_of(proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME | CURLU_NO_AUTHORITY, 0);

	if (port)
		return port;
	return strncasecmp(proxy, "https:", 6) ? 1080 : 443;
}
