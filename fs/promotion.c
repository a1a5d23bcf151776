/* SPDX-License-Identifier: MIT */
#include "promotion.h"
#include "routes.h"
#include <stdlib.h>
#include <string.h>

#define DEPLOY_MAX 128

/* After a lost answer the request may still be at work: milliseconds before each look but the first. */
static const int64_t pauses[] = {250, 1000};

#define PAUSES (sizeof(pauses) / sizeof(*pauses))

struct promotion {
	struct promotion *next, **previous;
	struct filesystem *filesystem;
	struct node node;
	struct project_state *project;
	const char *environment;
	char *deploy;
	bool waits, sent, cancelled; /* waits: for the routes, which cannot be told to stop */
	struct outcome lost;	     /* the failure of an answer that was lost */
	unsigned looks;		     /* after it */
	struct loop_timer timer;
	struct control_call *call;
	secrets_done *done;
	void *context;
};

struct outcome promotion_check(const char *bytes, size_t length)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_.:-";

	for (size_t i = 0; i < length; i++)
		if (!memchr(allowed, bytes[i], sizeof(allowed) - 1))
			length = 0;
	if (length && length <= DEPLOY_MAX && bytes[0] != '.')
		return (struct outcome){.kind = OUTCOME_OK};
	return outcome_advise(outcome_make(OUTCOME_BAD_VALUE, "that is not the id of a deploy"),
			      "write one line with one id, such as .deploys shows");
}

static struct promotion *new_promotion(struct filesystem *filesystem, const struct node *node,
				       const char *deploy)
{
	struct promotion *promotion = calloc(1, sizeof(*promotion));

	if (promotion)
		promotion->deploy = strdup(deploy);
	if (!promotion || !promotion->deploy) {
		free(promotion);
		return NULL;
	}
	promotion->filesystem = filesystem;
	promotion->node = *node;
	promotion->project = filesystem_project(filesystem, node);
	promotion->environment = environment_names[node->environment];
	promotion->previous = &filesystem->promotions;
	promotion->next = filesystem->promotions;
	if (promotion->next)
		promotion->next->previous = &promotion->next;
	filesystem->promotions = promotion;
	return promotion;
}

static void free_promotion(struct promotion *promotion)
{
	*promotion->previous = promotion->next;
	if (promotion->next)
		promotion->next->previous = promotion->previous;
	if (promotion->call)
		control_cancel(promotion->call);
	loop_timer_stop(promotion->filesystem->loop, &promotion->timer);
	free(promotion->deploy);
	free(promotion);
}

void promotions_free(struct filesystem *filesystem)
{
	struct promotion *next;

	for (struct promotion *promotion = filesystem->promotions; promotion; promotion = next) {
		next = promotion->next;
		promotion->cancelled = true;
		if (!promotion->waits)
			free_promotion(promotion);
	}
}

bool promotion_cancel(struct filesystem *filesystem, const void *context)
{
	for (struct promotion *promotion = filesystem->promotions; promotion;
	     promotion = promotion->next) {
		bool sent = promotion->sent;

		if (promotion->context != context || promotion->cancelled)
			continue;
		promotion->cancelled = true;
		if (!promotion->waits)
			free_promotion(promotion);
		return sent;
	}
	return false;
}

static void end(struct promotion *promotion, const struct outcome *outcome)
{
	secrets_done *done = promotion->done;
	void *context = promotion->context;

	free_promotion(promotion);
	done(context, outcome);
}

static void end_without_memory(struct promotion *promotion)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	end(promotion, &outcome);
}

/* ---- after it was sent ---- */

static const char *value_of(const struct promotion *promotion, enum node_kind kind)
{
	return routes_value(promotion->project->routes, promotion->node.environment, kind);
}

static bool is_done(const struct promotion *promotion)
{
	const char *active = value_of(promotion, NODE_ACTIVE);

	return active && !strcmp(active, promotion->deploy);
}

static bool is_known(const struct promotion *promotion, const struct outcome *looked)
{
	return looked->kind == OUTCOME_OK && !routes_stale_since(promotion->project->routes);
}

/* The answer was lost, and these are the routes after it: OUTCOME_OK if they have the deploy. */
static struct outcome judge(const struct promotion *promotion, const struct outcome *looked)
{
	struct outcome outcome;

	if (!is_known(promotion, looked)) {
		outcome = outcome_make(promotion->lost.kind,
				       "the answer was lost, outcome unknown: %.250s",
				       promotion->lost.message);
		return outcome_advise(outcome, "read active to see whether it was done");
	}
	if (is_done(promotion)) {
		outcome = outcome_make(OUTCOME_OK,
				       "the answer was lost, but it was done: %.80s is active",
				       promotion->deploy);
		return outcome;
	}
	outcome =
	    outcome_make(promotion->lost.kind, "the answer was lost, and it was not done: %.250s",
			 promotion->lost.message);
	return outcome_advise(outcome, "write it again");
}

static void looked(void *context, const struct outcome *outcome);

static void look(void *context)
{
	struct promotion *promotion = context;

	promotion->waits = true;
	routes_expire(promotion->project->routes);
	routes_wait(promotion->project->routes, looked, promotion);
}

static void looked(void *context, const struct outcome *outcome)
{
	struct promotion *promotion = context;
	struct outcome verdict;

	promotion->waits = false;
	if (promotion->cancelled) {
		free_promotion(promotion);
		return;
	}
	if (is_known(promotion, outcome) && !is_done(promotion) && promotion->looks < PAUSES) {
		loop_timer_set(promotion->filesystem->loop, &promotion->timer,
			       pauses[promotion->looks++], look, promotion);
		return;
	}
	verdict = judge(promotion, outcome);
	/* Also a good end is told: a script that promotes wants to know of a lost answer. */
	if (verdict.kind == OUTCOME_OK)
		filesystem_note(promotion->filesystem, "promote", &promotion->node, &verdict);
	end(promotion, &verdict);
}

static void changed(void *context, const struct outcome *outcome, bool lost)
{
	struct promotion *promotion = context;

	promotion->call = NULL;
	if (lost) {
		promotion->lost = *outcome;
		look(promotion);
		return;
	}
	routes_expire(promotion->project->routes);
	end(promotion, outcome);
}

/* ---- before it ---- */

static struct outcome attested_elsewhere(const struct promotion *promotion,
					 const struct control_deploy *deploy)
{
	return outcome_advise(
	    outcome_make(OUTCOME_BAD_VALUE, "%s was attested for %.40s, not for %s",
			 promotion->deploy, routes_environment(deploy->attestation.environment),
			 promotion->environment),
	    "write it to the active of that environment, or deploy for this one");
}

static struct outcome not_healthy(const struct promotion *promotion)
{
	return outcome_advise(
	    outcome_make(OUTCOME_GATE_CLOSED,
			 "%s: Deploy cannot be promoted until its latest attestation is healthy.",
			 promotion->deploy),
	    "a Worker attests when it is called: send it a request, then write again");
}

static struct outcome may_promote(const struct promotion *promotion,
				  const struct control_deploy *deploy)
{
	const char *environment = deploy->attestation.environment;

	if (deploy->attested && environment && strcmp(environment, promotion->environment) != 0)
		return attested_elsewhere(promotion, deploy);
	if (!deploy->attested || !environment || !deploy->attestation.healthy)
		return not_healthy(promotion);
	return (struct outcome){.kind = OUTCOME_OK};
}

static void send_promotion(struct promotion *promotion)
{
	const struct project_state *project = promotion->project;

	promotion->sent = true;
	promotion->call =
	    control_promote(project->account->plane, project->account->name, project->name,
			    promotion->environment, promotion->deploy, changed, promotion);
	if (!promotion->call)
		end_without_memory(promotion);
}

static void deploy_came(void *context, const struct outcome *outcome,
			const struct control_deploy *deploys, size_t count, const char *next)
{
	struct promotion *promotion = context;
	struct outcome verdict = *outcome;

	(void)next;
	promotion->call = NULL;
	if (verdict.kind == OUTCOME_NOT_FOUND || (verdict.kind == OUTCOME_OK && count != 1))
		verdict =
		    outcome_advise(outcome_make(OUTCOME_BAD_VALUE, "the project has no deploy `%s'",
						promotion->deploy),
				   "read .deploys for those there are");
	if (verdict.kind == OUTCOME_OK)
		verdict = may_promote(promotion, &deploys[0]);
	if (verdict.kind == OUTCOME_OK)
		send_promotion(promotion);
	else
		end(promotion, &verdict);
}

static void ask_for_deploy(struct promotion *promotion)
{
	const struct project_state *project = promotion->project;

	promotion->call = control_deploy(project->account->plane, project->account->name,
					 project->name, promotion->deploy, deploy_came, promotion);
	if (!promotion->call)
		end_without_memory(promotion);
}

static void roll_back(struct promotion *promotion)
{
	const struct project_state *project = promotion->project;

	promotion->sent = true;
	promotion->call = control_rollback(
	    project->account->plane, project->account->name, project->name, promotion->environment,
	    value_of(promotion, NODE_ACTIVE), promotion->deploy, changed, promotion);
	if (!promotion->call)
		end_without_memory(promotion);
}

static void routes_known(void *context, const struct outcome *outcome)
{
	struct promotion *promotion = context;
	const char *active = value_of(promotion, NODE_ACTIVE);
	const char *previous = value_of(promotion, NODE_PREVIOUS);
	struct outcome verdict = *outcome;

	promotion->waits = false;
	if (promotion->cancelled) {
		free_promotion(promotion);
		return;
	}
	if (verdict.kind == OUTCOME_OK && routes_stale_since(promotion->project->routes))
		verdict = outcome_make(OUTCOME_REFUSED, "the control plane does not answer");
	if (verdict.kind != OUTCOME_OK || (active && !strcmp(active, promotion->deploy)))
		end(promotion, &verdict);
	else if (active && previous && !strcmp(previous, promotion->deploy))
		roll_back(promotion);
	else
		ask_for_deploy(promotion);
}

void promotion_begin(struct filesystem *filesystem, const struct node *node, const char *deploy,
		     secrets_done *done, void *context)
{
	struct promotion *promotion = new_promotion(filesystem, node, deploy);
	struct outcome outcome;

	if (!promotion) {
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a promotion");
		done(context, &outcome);
		return;
	}
	promotion->done = done;
	promotion->context = context;
	promotion->waits = true;
	/* What is live may have changed since it was read. */
	routes_expire(promotion->project->routes);
	routes_wait(promotion->project->routes, routes_known, promotion);
}

struct outcome promotion_ready(const struct filesystem *filesystem, const struct node *node)
{
	const struct project_state *project = filesystem_project(filesystem, node);
	const struct environment_config *config = project->environments[node->environment].config;

	if (filesystem->options->read_only)
		return outcome_make(OUTCOME_READ_ONLY, "the mount is read-only (-o ro)");
	if (!config->allow_promote)
		return outcome_advise(
		    outcome_make(OUTCOME_PROMOTION_OFF, "promotions are not allowed here"),
		    "put \"allow_promote\": true into the project or the environment");
	if (!project->account->plane)
		return outcome_make(OUTCOME_READ_ONLY, "no control plane is configured");
	return control_plane_ready(project->account->plane);
}
