/* SPDX-License-Identifier: MIT */
#include "sink.h"
#include "commit.h"
#include "flag_listing.h"
#include "promotion.h"
#include "routes.h"
#include <string.h>

/* ---- secrets ---- */

static struct outcome secret_problem_so_far(const char *bytes, size_t length)
{
	return commit_outcome_of(commit_problem_so_far(bytes, length));
}

static struct outcome check_secret(const struct filesystem *filesystem, const char *name,
				   const char *bytes, size_t length, size_t *sent)
{
	return commit_outcome(name, bytes, length, filesystem->options->newline, sent);
}

static void set_secret(struct filesystem *filesystem, const struct node *node, const char *name,
		       const struct value *value, pid_t session, secrets_done *done, void *context)
{
	struct secrets *secrets = filesystem_environment(filesystem, node)->secrets;

	(void)session;
	secrets->ops->set(secrets, name, value, done, context);
}

static void unset_secret(struct filesystem *filesystem, const struct node *node, const char *name,
			 pid_t session, secrets_done *done, void *context)
{
	struct secrets *secrets = filesystem_environment(filesystem, node)->secrets;

	(void)session;
	secrets->ops->unset(secrets, name, done, context);
}

static bool cancel_secret(struct filesystem *filesystem, const struct node *node,
			  const void *context)
{
	struct secrets *secrets = filesystem_environment(filesystem, node)->secrets;

	return secrets->ops->cancel(secrets, context);
}

static void secret_ended(struct filesystem *filesystem, const struct node *node, const char *name,
			 bool removed, const struct outcome *outcome)
{
	struct environment_state *environment = filesystem_environment(filesystem, node);

	if (outcome->kind == OUTCOME_OK || (removed && outcome->kind == OUTCOME_SECRET_NOT_FOUND))
		listing_note(environment->listing, name, !removed);
	if (outcome->kind != OUTCOME_OK)
		filesystem_doubt(environment, outcome);
}

static void doubt_secrets(struct filesystem *filesystem, const struct node *node)
{
	listing_expire(filesystem_environment(filesystem, node)->listing);
}

static const struct sink secret_sink = {
    .problem_so_far = secret_problem_so_far,
    .is_whole = commit_is_whole,
    .check = check_secret,
    .set = set_secret,
    .unset = unset_secret,
    .cancel = cancel_secret,
    .ended = secret_ended,
    .doubt = doubt_secrets,
};

/* ---- flags ---- */

/* What is wrong in it is told with line and column when it is whole. */
static struct outcome no_problem_so_far(const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	return (struct outcome){.kind = OUTCOME_OK};
}

/* White space at the end is not sent, so that a newline that comes later changes nothing. */
static size_t without_end(const char *bytes, size_t length)
{
	while (length && bytes[length - 1] && strchr(" \t\r\n", bytes[length - 1]))
		length--;
	return length;
}

/* A word needs no newline: no other word begins with it. */
static bool is_whole_flag(const char *bytes, size_t length)
{
	return flag_state_word(bytes, length) || flag_is_whole(bytes, length);
}

/* The rest is checked against the flag that it is for. */
static struct outcome check_flag(const struct filesystem *filesystem, const char *name,
				 const char *bytes, size_t length, size_t *sent)
{
	(void)filesystem;
	(void)name;
	*sent = without_end(bytes, length);
	if (*sent)
		return (struct outcome){.kind = OUTCOME_OK};
	return outcome_advise(
	    outcome_make(OUTCOME_BAD_VALUE, "line 1, column 1: nothing but white space"),
	    "write enabled, disabled, archived or the flag as JSON");
}

static void set_flag(struct filesystem *filesystem, const struct node *node, const char *name,
		     const struct value *value, pid_t session, secrets_done *done, void *context)
{
	flag_listing_write(filesystem_environment(filesystem, node)->flags, name,
			   value_bytes(value), value_length(value), session, done, context);
}

static void unset_flag(struct filesystem *filesystem, const struct node *node, const char *name,
		       pid_t session, secrets_done *done, void *context)
{
	flag_listing_archive(filesystem_environment(filesystem, node)->flags, name, session, done,
			     context);
}

static bool cancel_flag(struct filesystem *filesystem, const struct node *node, const void *context)
{
	return flag_listing_cancel(filesystem_environment(filesystem, node)->flags, context);
}

/* The listing has heard of it already. */
static void flag_ended(struct filesystem *filesystem, const struct node *node, const char *name,
		       bool removed, const struct outcome *outcome)
{
	(void)filesystem;
	(void)node;
	(void)name;
	(void)removed;
	(void)outcome;
}

static void doubt_flags(struct filesystem *filesystem, const struct node *node)
{
	flag_listing_expire(filesystem_environment(filesystem, node)->flags);
}

static const struct sink flag_sink = {
    .problem_so_far = no_problem_so_far,
    .is_whole = is_whole_flag,
    .check = check_flag,
    .set = set_flag,
    .unset = unset_flag,
    .cancel = cancel_flag,
    .ended = flag_ended,
    .doubt = doubt_flags,
};

/* ---- the deploy that is live ---- */

static struct outcome any_text_so_far(const char *bytes, size_t length)
{
	if (memchr(bytes, '\0', length))
		return outcome_make(OUTCOME_BAD_VALUE, "it holds a NUL");
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome check_deploy(const struct filesystem *filesystem, const char *name,
				   const char *bytes, size_t length, size_t *sent)
{
	(void)filesystem;
	(void)name;
	*sent = without_end(bytes, length);
	return promotion_check(bytes, *sent);
}

static void set_deploy(struct filesystem *filesystem, const struct node *node, const char *name,
		       const struct value *value, pid_t session, secrets_done *done, void *context)
{
	(void)name;
	(void)session;
	promotion_begin(filesystem, node, value_bytes(value), done, context);
}

static bool cancel_deploy(struct filesystem *filesystem, const struct node *node,
			  const void *context)
{
	(void)node;
	return promotion_cancel(filesystem, context);
}

static void doubt_routes(struct filesystem *filesystem, const struct node *node)
{
	routes_expire(filesystem_project(filesystem, node)->routes);
}

static void deploy_ended(struct filesystem *filesystem, const struct node *node, const char *name,
			 bool removed, const struct outcome *outcome)
{
	(void)name;
	(void)removed;
	(void)outcome;
	doubt_routes(filesystem, node);
}

static const struct sink deploy_sink = {
    .problem_so_far = any_text_so_far,
    .is_whole = commit_is_whole,
    .check = check_deploy,
    .set = set_deploy,
    .cancel = cancel_deploy,
    .ended = deploy_ended,
    .doubt = doubt_routes,
};

const struct sink *sink_of(enum node_kind kind)
{
	switch (kind) {
	case NODE_SECRETS:
	case NODE_SECRET:
		return &secret_sink;
	case NODE_FLAGS:
	case NODE_FLAG:
		return &flag_sink;
	case NODE_ACTIVE:
		return &deploy_sink;
	default:
		return NULL;
	}
}
