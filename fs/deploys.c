/* SPDX-License-Identifier: MIT */
#include "deploys.h"
#include "../backends/json_io.h"
#include "filesystem.h"
#include "json_text.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The ceiling of the text; what is older than fits is left out. */
#define TEXT_MAX ((size_t)4 * 1024 * 1024)

#define PAGES_MAX 100

struct deploys {
	struct project_state *project;
	struct refresh refresh;
	struct control_call *call;
	unsigned pages;
	char *text, *coming; /* what is shown, and what comes now */
	size_t length, coming_length, coming_room;
};

static void ask(void *owner);

struct deploys *deploys_new(struct project_state *project)
{
	struct deploys *deploys = calloc(1, sizeof(*deploys));

	if (!deploys)
		return NULL;
	deploys->project = project;
	refresh_init(&deploys->refresh, project->account->filesystem->options->time_to_live, ask,
		     deploys);
	return deploys;
}

void deploys_free(struct deploys *deploys)
{
	if (!deploys)
		return;
	if (deploys->call)
		control_cancel(deploys->call);
	refresh_end(&deploys->refresh);
	free(deploys->text);
	free(deploys->coming);
	free(deploys);
}

/* ---- lines ---- */

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

static json_t *attested(const struct control_deploy *deploy)
{
	if (!deploy->attested)
		return json_null();
	return json_pack("{s:o, s:b, s:o}", "environment",
			 text_or_null(deploy->attestation.environment), "healthy",
			 deploy->attestation.healthy, "at", text_or_null(deploy->attestation.at));
}

static char *line_of(const struct control_deploy *deploy)
{
	json_t *line = json_pack("{s:o, s:o, s:o, s:o, s:o}", "deployId", json_text(deploy->id),
				 "status", text_or_null(deploy->status), "createdAt",
				 text_or_null(deploy->created), "manifestHash",
				 text_or_null(deploy->manifest_hash), "attested", attested(deploy));
	char *text = line ? json_write(line, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	json_decref(line);
	return text;
}

static bool make_room(struct deploys *deploys, size_t length)
{
	size_t room = deploys->coming_room ? deploys->coming_room : 4096;
	char *bigger;

	while (room < deploys->coming_length + length)
		room *= 2;
	if (room == deploys->coming_room)
		return true;
	bigger = realloc(deploys->coming, room);
	if (!bigger)
		return false;
	deploys->coming = bigger;
	deploys->coming_room = room;
	return true;
}

/* False where memory is short; a line that does not fit any more is left out. */
static bool add_line(struct deploys *deploys, const struct control_deploy *deploy)
{
	char *line = line_of(deploy);
	size_t length = line ? strlen(line) : 0;
	bool made = line && make_room(deploys, length + 1);

	if (made && deploys->coming_length + length + 1 <= TEXT_MAX) {
		memcpy(deploys->coming + deploys->coming_length, line, length);
		deploys->coming[deploys->coming_length + length] = '\n';
		deploys->coming_length += length + 1;
	}
	free(line);
	return made;
}

/* ---- asking ---- */

static void ask_page(struct deploys *deploys, const char *cursor);

static void drop_coming(struct deploys *deploys)
{
	free(deploys->coming);
	deploys->coming = NULL;
	deploys->coming_length = deploys->coming_room = 0;
}

static void finish(struct deploys *deploys, const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_OK) {
		free(deploys->text);
		deploys->text = deploys->coming;
		deploys->length = deploys->coming_length;
		deploys->coming = NULL;
	}
	drop_coming(deploys);
	refresh_answered(&deploys->refresh, outcome);
}

static void came(void *context, const struct outcome *outcome, const struct control_deploy *told,
		 size_t count, const char *next)
{
	struct deploys *deploys = context;
	struct outcome end = *outcome;
	bool full;

	deploys->call = NULL;
	for (size_t i = 0; end.kind == OUTCOME_OK && i < count; i++)
		if (!add_line(deploys, &told[i]))
			end = outcome_make(OUTCOME_NO_MEMORY, "no memory for the deploys");
	full = ++deploys->pages >= PAGES_MAX || deploys->coming_length >= TEXT_MAX - 4096;
	if (end.kind == OUTCOME_OK && next && !full)
		ask_page(deploys, next);
	else
		finish(deploys, &end);
}

static void ask_page(struct deploys *deploys, const char *cursor)
{
	struct project_state *project = deploys->project;
	struct outcome outcome;

	deploys->call = control_deploys(project->account->plane, project->account->name,
					project->name, cursor, came, deploys);
	if (deploys->call)
		return;
	outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");
	finish(deploys, &outcome);
}

static void ask(void *owner)
{
	struct deploys *deploys = owner;
	const struct outcome ok = {.kind = OUTCOME_OK};

	deploys->pages = 0;
	drop_coming(deploys);
	if (deploys->project->account->plane)
		ask_page(deploys, NULL);
	else
		finish(deploys, &ok);
}

void deploys_wait(struct deploys *deploys, refresh_ready *ready, void *context)
{
	refresh_wait(&deploys->refresh, ready, context);
}

int64_t deploys_fresh_for(const struct deploys *deploys)
{
	return refresh_fresh_for(&deploys->refresh);
}

void deploys_expire(struct deploys *deploys)
{
	refresh_expire(&deploys->refresh);
}

const char *deploys_text(const struct deploys *deploys, size_t *length)
{
	*length = deploys->length;
	return deploys->text ? deploys->text : "";
}
