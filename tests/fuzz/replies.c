/* SPDX-License-Identifier: MIT */
#include "../../backends/cloudflare.h"
#include "../../backends/control_plane.h"
#include "../../backends/control_time.h"
#include "../../backends/flags.h"
#include "../../backends/kv.h"
#include "lib/http.h"

/*
 * What servers answer. The first byte chooses a call; then come the answers to its requests, apart by
 * RS (see lib/http.h). Whatever they are, the call ends once, and what it hands over makes sense.
 */

enum { TURNS_MAX = 40 };

/* All that the calls need. */
struct bench {
	struct loop *loop;
	struct arena *arena;
	struct http *http;
	struct value *token, *value;
	struct cloudflare_account *account;
	struct secrets *secrets;
	struct kv *kv;
	struct control_plane *plane;
	struct flags *flags, *edited;
	int ended;
};

static void end(struct bench *bench, const struct outcome *outcome)
{
	bench->ended++;
	MUST(outcome->kind < OUTCOME_KINDS);
	MUST(memchr(outcome->message, '\0', sizeof(outcome->message)) &&
	     fuzz_is_line(outcome->message));
	MUST(outcome->kind == OUTCOME_OK || outcome->message[0]);
	MUST(!strstr(outcome->message, "token-4f1d0c9e7ab35826"));
}

/* A text that may be shown, NULL allowed. */
static void check_text(const char *text)
{
	for (; text && *text; text++)
		MUST((unsigned char)*text >= 0x20 && *text != 0x7f);
}

/* ---- secrets ---- */

static void names_came(void *context, const struct outcome *outcome, struct secret_names *names)
{
	end(context, outcome);
	MUST((outcome->kind == OUTCOME_OK) == (names != NULL));
	for (size_t i = 0; names && i < names->count; i++)
		MUST(secret_names_find(names, names->items[i].name) == &names->items[i]);
	secret_names_free(names);
}

static void changed(void *context, const struct outcome *outcome)
{
	end(context, outcome);
}

static void list_secrets(struct bench *bench)
{
	bench->secrets->ops->list(bench->secrets, names_came, bench);
}

static void set_secret(struct bench *bench)
{
	bench->secrets->ops->set(bench->secrets, "KEY", bench->value, changed, bench);
}

static void unset_secret(struct bench *bench)
{
	bench->secrets->ops->unset(bench->secrets, "KEY", changed, bench);
}

/* Three at once: the later ones may go together. */
static void set_secrets(struct bench *bench)
{
	bench->ended -= 2;
	set_secret(bench);
	bench->secrets->ops->set(bench->secrets, "KEY2", bench->value, changed, bench);
	bench->secrets->ops->set(bench->secrets, "KEY3", bench->value, changed, bench);
}

/* ---- Workers KV ---- */

#define NAMESPACE "0123456789abcdef0123456789abcdef"

static void id_came(void *context, const struct outcome *outcome, const char *id)
{
	end(context, outcome);
	MUST((outcome->kind == OUTCOME_OK) == (id != NULL));
	check_text(id);
}

static void keys_came(void *context, const struct outcome *outcome, const struct kv_key *keys,
		      size_t count, const char *next)
{
	end(context, outcome);
	MUST(outcome->kind == OUTCOME_OK || (count == 0 && !next));
	for (size_t i = 0; i < count; i++) {
		free(kv_last_digits(keys[i].name));
		MUST(keys[i].expiration >= 0);
	}
}

static void value_came(void *context, const struct outcome *outcome, const char *bytes,
		       size_t length)
{
	end(context, outcome);
	MUST(outcome->kind != OUTCOME_OK || bytes[length] == '\0');
}

static void json_came(void *context, const struct outcome *outcome, json_t *json)
{
	end(context, outcome);
	MUST(outcome->kind == OUTCOME_OK || !json);
}

static void values_came(void *context, const struct outcome *outcome, json_t *values)
{
	json_came(context, outcome, values);
	MUST(outcome->kind != OUTCOME_OK || json_is_object(values));
}

static void find_namespace(struct bench *bench)
{
	MUST(kv_find_namespace(bench->kv, "title", id_came, bench));
}

static void list_keys(struct bench *bench)
{
	MUST(kv_keys(bench->kv, NAMESPACE, "prefix", NULL, keys_came, bench));
}

static void list_more_keys(struct bench *bench)
{
	MUST(kv_keys(bench->kv, NAMESPACE, NULL, "cursor", keys_came, bench));
}

static void get_value(struct bench *bench)
{
	MUST(kv_get(bench->kv, NAMESPACE, "key/../\xc3\xa9", value_came, bench));
}

static void get_values(struct bench *bench)
{
	static const char *const keys[] = {"a", "b"};

	MUST(kv_bulk_get(bench->kv, NAMESPACE, keys, 2, values_came, bench));
}

static void put_value(struct bench *bench)
{
	MUST(kv_put(bench->kv, NAMESPACE, "key", "text", NULL, 0, changed, bench));
}

/* ---- the control plane ---- */

static void accounts_came(void *context, const struct outcome *outcome,
			  const struct control_account *accounts, size_t count, const char *next)
{
	end(context, outcome);
	MUST(outcome->kind == OUTCOME_OK || (count == 0 && !next));
	for (size_t i = 0; i < count; i++) {
		MUST(accounts[i].id[0]);
		check_text(accounts[i].id);
		check_text(accounts[i].cloudflare_account_id);
	}
}

static void projects_came(void *context, const struct outcome *outcome,
			  const struct control_project *projects, size_t count, const char *next)
{
	end(context, outcome);
	MUST(outcome->kind == OUTCOME_OK || (count == 0 && !next));
	for (size_t i = 0; i < count; i++) {
		MUST(projects[i].id[0]);
		check_text(projects[i].id);
		for (size_t j = 0; j < projects[i].worker_count; j++)
			check_text(projects[i].workers[j]);
		for (size_t j = 0; j < projects[i].app_count; j++)
			check_text(projects[i].apps[j]);
	}
}

static void check_attestation(const struct control_attestation *attestation)
{
	check_text(attestation->deploy);
	check_text(attestation->environment);
	check_text(attestation->at);
	MUST(!attestation->at || control_time(attestation->at) >= -1);
}

static void routes_came(void *context, const struct outcome *outcome,
			const struct control_route *routes, size_t count,
			const struct control_attestation *serving)
{
	end(context, outcome);
	MUST(outcome->kind == OUTCOME_OK || (count == 0 && !serving));
	for (size_t i = 0; i < count; i++) {
		MUST(routes[i].environment[0] && routes[i].active[0]);
		check_text(routes[i].environment);
		check_text(routes[i].active);
		check_text(routes[i].previous);
		check_text(routes[i].reason);
		check_text(routes[i].updated);
	}
	if (serving)
		check_attestation(serving);
}

static void deploys_came(void *context, const struct outcome *outcome,
			 const struct control_deploy *deploys, size_t count, const char *next)
{
	end(context, outcome);
	MUST(outcome->kind == OUTCOME_OK || (count == 0 && !next));
	for (size_t i = 0; i < count; i++) {
		MUST(deploys[i].id[0]);
		check_text(deploys[i].id);
		check_text(deploys[i].status);
		check_text(deploys[i].created);
		check_text(deploys[i].manifest_hash);
		if (deploys[i].attested)
			check_attestation(&deploys[i].attestation);
	}
}

static void deploy_came(void *context, const struct outcome *outcome,
			const struct control_deploy *deploys, size_t count, const char *next)
{
	deploys_came(context, outcome, deploys, count, next);
	MUST(outcome->kind != OUTCOME_OK || (count == 1 && !strcmp(deploys->id, "d1")));
}

static void installs_came(void *context, const struct outcome *outcome,
			  const struct control_install *installs, size_t count, size_t unshown,
			  const char *next)
{
	static const char digits[] = "0123456789";

	end(context, outcome);
	MUST(outcome->kind == OUTCOME_OK || (count == 0 && !unshown && !next));
	for (size_t i = 0; i < count; i++) {
		const struct control_install *install = &installs[i];

		MUST(install->portal[0] && !install->portal[strspn(install->portal, digits)]);
		MUST(!install->app || !install->app[strspn(install->app, digits)]);
		MUST(!install->state || strlen(install->state) <= 64);
		check_text(install->install_id);
		check_text(install->state);
		MUST(!install->updated || control_time(install->updated) >= 0);
		MUST(!install->created || control_time(install->created) >= 0);
	}
}

static void plane_changed(void *context, const struct outcome *outcome, bool lost)
{
	end(context, outcome);
	MUST(!lost || outcome->kind != OUTCOME_OK);
}

static void flag_came(void *context, const struct outcome *outcome, json_t *flag, bool lost)
{
	end(context, outcome);
	MUST(!flag || (json_is_object(flag) && outcome->kind == OUTCOME_OK && !lost));
}

static const struct control_scope scope = {"acct_demo", "acme-crm", "production", "123456"};

static void list_accounts(struct bench *bench)
{
	MUST(control_accounts(bench->plane, "c", accounts_came, bench));
}

static void list_projects(struct bench *bench)
{
	MUST(control_projects(bench->plane, "a/b", NULL, projects_came, bench));
}

static void list_routes(struct bench *bench)
{
	MUST(control_routes(bench->plane, "acct_demo", "acme-crm", routes_came, bench));
}

static void list_deploys(struct bench *bench)
{
	MUST(control_deploys(bench->plane, "acct_demo", "acme-crm", "c", deploys_came, bench));
}

static void get_deploy(struct bench *bench)
{
	MUST(control_deploy(bench->plane, "acct_demo", "acme-crm", "d1", deploy_came, bench));
}

static void promote(struct bench *bench)
{
	MUST(control_promote(bench->plane, "acct_demo", "acme-crm", "production", "d1",
			     plane_changed, bench));
}

static void roll_back(struct bench *bench)
{
	MUST(control_rollback(bench->plane, "acct_demo", "acme-crm", "production", "d2", "d1",
			      plane_changed, bench));
}

static void list_installs(struct bench *bench)
{
	MUST(control_installs(bench->plane, "acct_demo", "acme-crm", "production", "c",
			      installs_came, bench));
}

static void patch_flag(struct bench *bench)
{
	json_t *body = json_pack("{s:s}", "state", "enabled");

	MUST(control_flag_patch(bench->plane, &scope, "beta", body, flag_came, bench));
	json_decref(body);
}

/* ---- flags ---- */

static void set_came(void *context, const struct outcome *outcome, struct flag_set *set)
{
	end(context, outcome);
	MUST((outcome->kind == OUTCOME_OK) == (set != NULL));
	for (size_t i = 1; set && i < set->count; i++)
		MUST(strcmp(set->items[i - 1].key, set->items[i].key) < 0);
	flag_set_free(set);
}

static void list_flags(struct bench *bench)
{
	flags_list(bench->flags, set_came, bench);
}

static void list_snapshot(struct bench *bench)
{
	flags_list(bench->edited, set_came, bench);
}

static void change_flag(struct bench *bench)
{
	struct flag_change change = {
	    .action = FLAG_SET_STATE, .key = "beta", .state = "disabled", .source = "snapshot"};

	flags_change(bench->edited, &change, json_came, bench);
}

static void create_flag(struct bench *bench)
{
	struct flag_change change = {.action = FLAG_CREATE, .key = "beta", .state = "enabled"};

	flags_change(bench->flags, &change, json_came, bench);
}

typedef void call(struct bench *bench);
static call *const calls[] = {
    list_secrets, set_secret,	unset_secret,	set_secrets, find_namespace, list_keys,
    get_value,	  get_values,	list_more_keys, put_value,   list_accounts,  list_projects,
    list_routes,  list_deploys, get_deploy,	promote,     roll_back,	     list_installs,
    patch_flag,	  list_flags,	list_snapshot,	change_flag, create_flag,
};

/* ---- the bench ---- */

static void begin_flags(struct bench *bench)
{
	struct flags_options options = {.kv = bench->kv,
					.loop = bench->loop,
					.namespace_title = "title",
					.authoring = FLAG_AUTHORING_CONTROL_PLANE,
					.plane = bench->plane,
					.scope = scope};

	bench->flags = flags_new(&options);
	options.authoring = FLAG_AUTHORING_KV;
	options.namespace_id = NAMESPACE;
	options.namespace_title = NULL;
	options.snapshot_key = "snapshot";
	bench->edited = flags_new(&options);
	MUST(bench->flags && bench->edited);
}

static void begin(struct bench *bench, bool several)
{
	static const char *const scripts[] = {"one", "two"};
	struct http_api_options options = {.name = "demo cloudflare",
					   .url = "http://127.0.0.1:8787",
					   .token_hint = "",
					   .deadline = 10000};
	struct http_api *api;
	bool locked;

	bench->loop = loop_new(0);
	bench->arena = arena_new((size_t)1024 * 1024, &locked);
	MUST(bench->loop && bench->arena && (bench->http = http_new(bench->loop)));
	bench->token = value_new(bench->arena, 100);
	bench->value = value_new(bench->arena, 100);
	MUST(bench->token && value_append(bench->token, "token-4f1d0c9e7ab35826", 22));
	MUST(bench->value && value_append(bench->value, "the-value", 9));
	options.token = bench->token;
	MUST((api = http_api_new(bench->http, &options)));
	bench->account = cloudflare_account_new(api, bench->loop, bench->arena, NAMESPACE, 120000);
	MUST(bench->account);
	bench->secrets = cloudflare_secrets_new(bench->account, scripts, several ? 2 : 1);
	bench->kv = kv_new(api, bench->loop, NAMESPACE);
	bench->plane = control_plane_new(api, NULL);
	MUST(bench->secrets && bench->kv && bench->plane);
	begin_flags(bench);
}

static void finish(struct bench *bench)
{
	flags_free(bench->flags);
	flags_free(bench->edited);
	bench->secrets->ops->free(bench->secrets);
	cloudflare_account_free(bench->account);
	kv_free(bench->kv);
	control_plane_free(bench->plane);
	value_free(bench->value);
	http_free(bench->http);
	value_free(bench->token);
	loop_free(bench->loop);
	arena_free(bench->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct fuzz_input input = {bytes, length};
	uint8_t chosen = fuzz_byte(&input);
	struct bench bench = {0};
	static bool prepared;

	prepared = prepared || http_prepare();
	MUST(prepared);
	begin(&bench, chosen & 0x20);
	calls[(chosen & 0x1f) % (sizeof(calls) / sizeof(*calls))](&bench);
	for (int turns = 0; turns < TURNS_MAX && (input.length || turns < 2); turns++) {
		fuzz_loop_turn(bench.loop);
		if (input.length)
			fuzz_http_answer(bench.http, fuzz_part(&input));
	}
	fuzz_loop_turn(bench.loop);
	MUST(bench.ended <= 1);
	finish(&bench);
	return 0;
}
