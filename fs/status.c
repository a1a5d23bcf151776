/* SPDX-License-Identifier: MIT */
#include "../backends/json_io.h"
#include "../backends/locked.h"
#include "../backends/version.h"
#include "filesystem.h"
#include "json_text.h"
#include <jansson.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* `.status`: what the mount is, what it has done, and how its backends are. */

static const char *const state_names[] = {
    [HTTP_API_UNKNOWN] = "unknown", [HTTP_API_UP] = "up",     [HTTP_API_REFUSED] = "refused",
    [HTTP_API_FAILING] = "failing", [HTTP_API_DOWN] = "down",
};

static const char *reason_of(const struct http_api_status *status)
{
	if (status->state == HTTP_API_DOWN)
		return status->failure.message;
	return status->state == HTTP_API_UNKNOWN || status->state == HTTP_API_UP ? NULL
										 : status->reason;
}

static json_t *api_status(const struct http_api *api)
{
	struct http_api_status status = http_api_status(api);
	json_t *json =
	    json_pack("{s:o?, s:s, s:s, s:I, s:I}", "backend", json_text(status.name), "api",
		      status.url, "state", state_names[status.state], "requests",
		      (json_int_t)status.requests, "failures", (json_int_t)status.failures);

	if (!json)
		return NULL;
	if (reason_of(&status))
		json_object_set_new(json, "reason", json_string(reason_of(&status)));
	if (status.budget >= 0)
		json_object_set_new(json, "rate_budget", json_integer(status.budget));
	if (status.retry_after > 0)
		json_object_set_new(json, "retry_after_seconds",
				    json_integer((status.retry_after + 999) / 1000));
	return json;
}

static void add_connection(json_t *json, const char *token_name, const char *name,
			   const struct connection *connection)
{
	if (!json || !connection->api)
		return;
	json_object_set_new(json, token_name, json_string(connection->token ? "found" : "missing"));
	json_object_set_new(json, name, api_status(connection->api));
}

static json_t *account_status(const struct account_state *account)
{
	json_t *json = json_pack("{s:o?, s:i}", "account", json_text(account->name), "projects",
				 (int)account->project_count);

	add_connection(json, "token", "cloudflare", &account->cloudflare_api);
	add_connection(json, "control_plane_token", "control_plane", &account->control_api);
	return json;
}

struct counts {
	json_int_t hits, misses;
};

static void add_counts(struct counts *counts, const struct environment_state *environment)
{
	const struct listing *listing = environment->listing;

	if (!listing)
		return;
	counts->hits += (json_int_t)listing_hits(listing);
	counts->misses += (json_int_t)listing_misses(listing);
}

static json_t *cache_status(const struct filesystem *filesystem)
{
	struct counts counts = {0, 0};

	for (unsigned i = 0; i < filesystem->project_count; i++)
		for (int j = 0; j < ENVIRONMENTS; j++)
			add_counts(&counts, &filesystem->projects[i]->environments[j]);
	return json_pack("{s:I, s:I}", "hits", counts.hits, "misses", counts.misses);
}

/* Those that it still has. */
static json_t *capabilities_status(const struct sandbox_layers *layers)
{
	json_t *list = layers->capabilities ? json_array() : json_false();

	if (layers->capabilities_kept & 1u << CAP_CHOWN)
		json_array_append_new(list, json_string("CAP_CHOWN"));
	if (layers->capabilities_kept & 1u << CAP_DAC_OVERRIDE)
		json_array_append_new(list, json_string("CAP_DAC_OVERRIDE"));
	return list;
}

static json_t *sandbox_status(const struct sandbox_layers *layers)
{
	json_t *landlock = layers->landlock ? json_integer(layers->landlock) : json_false();

	return json_pack("{s:b, s:o?, s:b, s:o, s:b}", "no_new_privs", layers->no_new_privs,
			 "capabilities", capabilities_status(layers), "seccomp", layers->seccomp,
			 "landlock", landlock, "network", layers->network);
}

char *filesystem_status(const struct filesystem *filesystem, size_t *length)
{
	json_t *accounts = json_array(), *status;
	char *text, mounted[40];
	struct tm utc;

	for (unsigned i = 0; accounts && i < filesystem->account_count; i++)
		json_array_append_new(accounts, account_status(filesystem->accounts[i]));
	strftime(mounted, sizeof(mounted), "%Y-%m-%dT%H:%M:%SZ",
		 gmtime_r(&(time_t){filesystem->mounted_at}, &utc));
	status = json_pack(
	    "{s:s, s:s, s:o?, s:b, s:I, s:o?, s:o?, s:o?}", "version", hsxfs_version, "mounted_at",
	    mounted, "configuration", json_text(filesystem->config->path), "memory_locked",
	    filesystem->arena_locked, "unlocked_blocks", (json_int_t)locked_overflows(), "sandbox",
	    sandbox_status(&filesystem->sandbox), "listings", cache_status(filesystem), "accounts",
	    accounts);
	add_connection(status, "token", "cloudflare", &filesystem->cloudflare_api);
	add_connection(status, "control_plane_token", "control_plane", &filesystem->control_api);
	text = status ? json_write(status, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
	json_decref(status);
	if (text) {
		/* JSON text ends in a brace; make it a line. */
		char *line = realloc(text, strlen(text) + 2);

		if (line)
			strcat(line, "\n");
		text = line ? line : text;
		*length = strlen(text);
	}
	return text;
}
