/* SPDX-License-Identifier: MIT */
#include "flags_author_control.h"
#include "flag_layout.h"
#include "json_io.h"
#include <string.h>

static bool set_text(json_t *object, const char *name, const char *text)
{
	return json_object_set_new_nocheck(object, name, json_string_nocheck(text)) == 0;
}

/* What was sent, without the version: a new reference, NULL where memory is short. */
static json_t *sent_flag(const struct flag_change *change)
{
	json_t *flag = change->definition ? json_copy_whole(change->definition) : json_object();

	if (flag && set_text(flag, "key", change->key) &&
	    (change->definition || set_text(flag, "state", change->state)))
		return flag;
	json_decref(flag);
	return NULL;
}

/* The version that a definition replaces goes with it, so that the server can refuse. */
static json_t *replacing_body(const struct flag_change *change)
{
	json_t *body = sent_flag(change);

	if (!body || change->version <= 0 ||
	    json_object_set_new(body, "version", json_integer(change->version)) == 0)
		return body;
	json_decref(body);
	return NULL;
}

static json_t *body_of(const struct flag_change *change)
{
	switch (change->action) {
	case FLAG_CREATE:
		return sent_flag(change);
	case FLAG_REPLACE:
		return replacing_body(change);
	case FLAG_SET_STATE:
		break;
	}
	return json_pack("{s:s}", "state", change->state);
}

struct control_call *author_control_send(struct control_plane *plane,
					 const struct control_scope *scope,
					 const struct flag_change *change,
					 control_flag_changed *changed, void *context)
{
	json_t *body = body_of(change);
	struct control_call *call = NULL;

	if (!body)
		return NULL;
	switch (change->action) {
	case FLAG_CREATE:
		call = control_flag_create(plane, scope, body, changed, context);
		break;
	case FLAG_REPLACE:
		call = control_flag_replace(plane, scope, change->key, body, changed, context);
		break;
	case FLAG_SET_STATE:
		call = control_flag_patch(plane, scope, change->key, body, changed, context);
		break;
	}
	json_decref(body);
	return call;
}

struct outcome author_control_outcome(const struct outcome *outcome,
				      const struct flag_change *change, bool lost)
{
	if (outcome->kind == OUTCOME_OK)
		return *outcome;
	if (lost)
		return outcome_advise(*outcome,
				      "the request may have arrived: read the flag again before "
				      "writing `%s' once more",
				      change->key);
	if (outcome->kind == OUTCOME_NAME_TAKEN)
		return outcome_advise(*outcome, "there is a flag `%s' already: write to it",
				      change->key);
	if (outcome->kind == OUTCOME_CONFLICT)
		return outcome_advise(*outcome,
				      "somebody else changed `%s': read it again, then repeat the "
				      "change",
				      change->key);
	return *outcome;
}

static bool is_flag(const struct flag_change *change, json_t *answer)
{
	const char *key = flag_own_key(answer);

	if (key)
		return !strcmp(key, change->key);
	return json_is_string(json_object_get(answer, "state"));
}

/* The flag as it was read, with the state that was sent; NULL where it is not known. */
static json_t *known_flag(const struct flag_change *change)
{
	json_t *flag = change->text
			   ? json_read(change->text, strlen(change->text), JSON_ALLOW_NUL, NULL)
			   : NULL;

	if (json_is_object(flag) && set_text(flag, "state", change->state))
		return flag;
	json_decref(flag);
	return NULL;
}

json_t *author_control_flag(const struct flag_change *change, json_t *answer)
{
	json_t *known = NULL;

	if (is_flag(change, answer))
		return json_incref(answer);
	if (change->action == FLAG_SET_STATE)
		known = known_flag(change);
	return known ? known : sent_flag(change);
}
