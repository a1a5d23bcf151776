/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "control.h"

struct problem {
	char *text;
	size_t size;
};

static bool fail(const struct problem *problem, const char *where, const char *what)
{
	snprintf(problem->text, problem->size, "%s: %s", where, what);
	return false;
}

static bool add_secret(json_t *bindings, const char *name, const char *value)
{
	json_t *binding = json_pack("{s:s, s:s}", "type", "secret_text", "text", value);

	return json_object_set_new(bindings, name, must(binding)) == 0;
}

static bool add_secrets(json_t *bindings, json_t *secrets)
{
	const char *name;
	json_t *value;

	json_object_foreach(
	    secrets, name,
	    value) if (!json_is_string(value) ||
		       !add_secret(bindings, name, json_string_value(value))) return false;
	return !secrets || json_is_object(secrets);
}

static bool add_keys(json_t *bindings, json_t *names)
{
	json_t *name;
	size_t index;

	json_array_foreach(names, index, name)
	{
		json_t *key = json_pack("{s:s, s:s, s:{s:s, s:s}, s:[s]}", "type", "secret_key",
					"format", "raw", "algorithm", "name", "HMAC", "hash",
					"SHA-256", "usages", "sign");

		if (!json_is_string(name))
			return false;
		json_object_set_new(bindings, json_string_value(name), must(key));
	}
	return !names || json_is_array(names);
}

static bool add_bindings(json_t *bindings, json_t *others)
{
	const char *name;
	json_t *other;

	json_object_foreach(others, name, other)
	{
		if (json_is_string(other))
			json_object_set_new(bindings, name, json_pack("{s:O}", "type", other));
		else if (json_is_string(json_object_get(other, "type")))
			json_object_set(bindings, name, other);
		else
			return false;
	}
	return !others || json_is_object(others);
}

static bool generate(json_t *bindings, json_t *how)
{
	const char *prefix;
	json_int_t count;
	char name[300];

	if (!how)
		return true;
	if (json_unpack_ex(how, NULL, JSON_STRICT, "{s:s, s:I}", "prefix", &prefix, "count",
			   &count))
		return false;
	for (json_int_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%lld", prefix, (long long)i);
		add_secret(bindings, name, name);
	}
	return true;
}

static bool load_script(struct state *state, const char *account, const char *name, json_t *seed,
			const struct problem *problem)
{
	json_t *secrets = NULL, *keys = NULL, *others = NULL, *how = NULL, *script, *version;
	json_t *bindings = must(json_object());
	int undeployed = 0;
	json_error_t error;

	if (json_unpack_ex(seed, &error, JSON_STRICT, "{s?o, s?o, s?o, s?o, s?b}", "secrets",
			   &secrets, "secret_keys", &keys, "bindings", &others, "generate", &how,
			   "undeployed", &undeployed)) {
		json_decref(bindings);
		return fail(problem, name, error.text);
	}
	if (!add_secrets(bindings, secrets) || !add_keys(bindings, keys) ||
	    !add_bindings(bindings, others) || !generate(bindings, how)) {
		json_decref(bindings);
		return fail(problem, name, "secrets, secret_keys, bindings or generate is wrong");
	}
	script = state_add_script(state, account, name);
	version = script_add_version(state, script, bindings, "api", NULL);
	script_deploy(state, script, version);
	if (undeployed)
		script_add_version(state, script, must(json_copy(bindings)), "wrangler", NULL);
	return true;
}

static json_t *seeded_pair(json_t *seed)
{
	json_t *metadata = NULL;
	json_int_t expiration = 0;
	const char *value;
	json_t *pair;

	if (json_is_string(seed))
		return must(json_pack("{s:O}", "value", seed));
	if (json_unpack_ex(seed, NULL, JSON_STRICT, "{s:s, s?o, s?I}", "value", &value, "metadata",
			   &metadata, "expiration", &expiration))
		return NULL;
	pair = must(json_pack("{s:s}", "value", value));
	if (metadata)
		json_object_set(pair, "metadata", metadata);
	if (expiration)
		json_object_set_new(pair, "expiration", json_integer(expiration));
	return pair;
}

/* Keys that end in numbers, each with its own name as value. */
static bool generate_keys(json_t *keys, json_t *how)
{
	json_int_t first, count;
	const char *prefix;
	char key[300];

	if (!how)
		return true;
	if (json_unpack_ex(how, NULL, JSON_STRICT, "{s:s, s:I, s:I}", "prefix", &prefix, "first",
			   &first, "count", &count))
		return false;
	for (json_int_t i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "%s%lld", prefix, (long long)(first + i));
		json_object_set_new(keys, key, must(json_pack("{s:s}", "value", key)));
	}
	return true;
}

static bool load_namespace(json_t *namespaces, const char *id, json_t *seed,
			   const struct problem *problem)
{
	json_t *seeds = NULL, *how = NULL, *keys = must(json_object()), *each, *pair;
	const char *title, *key;
	json_error_t error;

	if (json_unpack_ex(seed, &error, JSON_STRICT, "{s:s, s?o, s?o}", "title", &title, "keys",
			   &seeds, "generate", &how)) {
		json_decref(keys);
		return fail(problem, id, error.text);
	}
	json_object_set_new(namespaces, id,
			    must(json_pack("{s:s, s:o}", "title", title, "keys", keys)));
	json_object_foreach(seeds, key, each)
	{
		pair = seeded_pair(each);
		if (!pair)
			return fail(problem, key, "a text, or {value, metadata, expiration}");
		json_object_set_new(keys, key, pair);
	}
	return generate_keys(keys, how) || fail(problem, id, "generate is wrong");
}

static bool load_namespaces(json_t *account, json_t *seed, const struct problem *problem)
{
	json_t *namespaces = json_object_get(account, "kv"), *each;
	const char *id;

	json_object_foreach(seed, id, each)
	{
		if (strlen(id) != 32 || strspn(id, "0123456789abcdef") != 32)
			return fail(problem, id, "a namespace id has 32 hexadecimal digits");
		if (!load_namespace(namespaces, id, each, problem))
			return false;
	}
	return true;
}

static bool load_account(struct state *state, const char *id, json_t *seed,
			 const struct problem *problem)
{
	const char *title = "Account", *name;
	json_t *scripts = NULL, *script, *kv = NULL;
	json_error_t error;

	if (strlen(id) != 32 || strspn(id, "0123456789abcdef") != 32)
		return fail(problem, id, "an account id has 32 hexadecimal digits");
	if (json_unpack_ex(seed, &error, JSON_STRICT, "{s?s, s?o, s?o}", "name", &title, "scripts",
			   &scripts, "kv", &kv))
		return fail(problem, id, error.text);
	json_object_set_new(state->accounts, id,
			    must(json_pack("{s:s, s:{}, s:{}}", "name", title, "scripts", "kv")));
	json_object_foreach(
	    scripts, name, script) if (!load_script(state, id, name, script, problem)) return false;
	return load_namespaces(json_object_get(state->accounts, id), kv, problem);
}

static bool load_accounts(struct state *state, json_t *accounts, const struct problem *problem)
{
	const char *id;
	json_t *account;

	json_object_foreach(accounts, id,
			    account) if (!load_account(state, id, account, problem)) return false;
	return true;
}

static bool all_strings(json_t *array)
{
	json_t *item;
	size_t index;

	json_array_foreach(array, index, item) if (!json_is_string(item)) return false;
	return json_is_array(array);
}

static bool load_numbers(struct state *state, json_t *limits, json_t *rate,
			 const struct problem *problem)
{
	json_int_t value_bytes = 5120, variables = 128, name_bytes = 255;
	json_int_t quota = 1200, window = 300, kv_writes = 0;
	json_error_t error;

	if (limits && json_unpack_ex(limits, &error, JSON_STRICT, "{s?I, s?I, s?I, s?I}",
				     "value_bytes", &value_bytes, "variables", &variables,
				     "name_bytes", &name_bytes, "kv_writes_per_second", &kv_writes))
		return fail(problem, "limits", error.text);
	if (rate && json_unpack_ex(rate, &error, JSON_STRICT, "{s:I, s:I}", "quota", &quota,
				   "window_seconds", &window))
		return fail(problem, "rate", error.text);
	if (value_bytes < 0 || variables < 0 || name_bytes < 0 || quota < 1 || window < 1 ||
	    kv_writes < 0 || kv_writes > 1000)
		return fail(problem, "limits or rate", "a number is too small or too large");
	state->value_bytes = (size_t)value_bytes;
	state->variables = (size_t)variables;
	state->name_bytes = (size_t)name_bytes;
	state->kv_writes_per_second = (size_t)kv_writes;
	state->rate_enforced = rate != NULL;
	state->rate_quota = (long)quota;
	state->rate_window = (long)window;
	return true;
}

static bool load(struct state *state, json_t *seed, const struct problem *problem)
{
	json_t *tokens = NULL, *owned = NULL, *accounts = NULL, *limits = NULL, *rate = NULL;
	json_t *control_plane = NULL;
	json_error_t error;
	int put_status = 200;

	if (json_unpack_ex(seed, &error, JSON_STRICT, "{s?o, s?o, s?o, s?o, s?i, s?o, s?o}",
			   "tokens", &tokens, "account_tokens", &owned, "accounts", &accounts,
			   "limits", &limits, "put_status", &put_status, "rate", &rate,
			   "control_plane", &control_plane))
		return fail(problem, "seed", error.text);
	if ((tokens && !all_strings(tokens)) || (owned && !all_strings(owned)))
		return fail(problem, "tokens", "an array of strings is wanted");
	if (put_status < 200 || put_status > 299)
		return fail(problem, "put_status", "a number from 200 to 299 is wanted");
	state->put_status = (unsigned)put_status;
	state->tokens = tokens ? json_incref(tokens) : must(json_array());
	state->account_tokens = owned ? json_incref(owned) : must(json_array());
	state->accounts = must(json_object());
	return load_numbers(state, limits, rate, problem) &&
	       load_accounts(state, accounts, problem) &&
	       control_load(state, control_plane, problem->text, problem->size);
}

bool state_load(struct state *state, const char *file, char *text, size_t size)
{
	const struct problem problem = {text, size};
	json_error_t error;
	json_t *seed = json_load_file(file, JSON_REJECT_DUPLICATES, &error);
	bool loaded;

	memset(state, 0, sizeof(*state));
	if (!seed) {
		snprintf(text, size, "%s:%d:%d: %s", file, error.line, error.column, error.text);
		return false;
	}
	loaded = load(state, seed, &problem);
	json_decref(seed);
	if (!loaded)
		state_free(state);
	return loaded;
}
