/* SPDX-License-Identifier: MIT */
#include "token_search.h"
#include <string.h>

static bool is_in_object(const struct http_api *api, json_t *object)
{
	const char *name;
	json_t *member;

	json_object_foreach(object, name, member)
	{
		if (http_api_finds_token(api, name, strlen(name)) || token_is_in(api, member))
			return true;
	}
	return false;
}

bool token_is_in(const struct http_api *api, const json_t *json)
{
	switch (json ? json_typeof(json) : JSON_NULL) {
	case JSON_OBJECT:
		return is_in_object(api, (json_t *)json);
	case JSON_ARRAY:
		for (size_t i = 0; i < json_array_size(json); i++)
			if (token_is_in(api, json_array_get(json, i)))
				return true;
		return false;
	case JSON_STRING:
		return http_api_finds_token(api, json_string_value(json), json_string_length(json));
	default:
		return false;
	}
}

struct outcome token_search(const struct http_reply *reply, const json_t *json)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (http_api_finds_token(reply->api, reply->body, reply->length) ||
	    token_is_in(reply->api, json))
		outcome =
		    outcome_make(OUTCOME_BAD_REPLY, "the answer is withheld: it repeats a token");
	return outcome;
}
