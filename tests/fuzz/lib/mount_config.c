/* SPDX-License-Identifier: MIT */
#include "mount.h"

static const char text[] =
    "{\"accounts\": {\"acct_demo\": {"
    "\"cloudflare\": {\"api\": \"http://127.0.0.1:8787/client/v4\","
    " \"account_id\": \"0123456789abcdef0123456789abcdef\","
    " \"token\": {\"env\": \"FUZZ_TOKEN\"}},"
    "\"control_plane\": {\"api\": \"http://127.0.0.1:8788\", \"token\": {\"env\": \"FUZZ_TOKEN\"}},"
    "\"projects\": {\"acme-crm\": {\"workers\": [\"deals\"], \"app_id\": \"123456\","
    " \"allow_promote\": true, \"environments\": {"
    "\"production\": {\"scripts\": [\"one\", \"two\"]},"
    "\"staging\": {\"scripts\": [\"three\"], \"flags\": {\"authoring\": \"kv\"},"
    " \"flags_kv\": \"0123456789abcdef0123456789abcdef\"},"
    "\"dev\": {\"dotenv\": \"%s/.dev.vars\"}}}}}}}";

struct config *fuzz_mount_config(const char *directory)
{
	char whole[sizeof(text) + 200], error[CONFIG_ERROR_SIZE];
	struct config *config;

	setenv("FUZZ_TOKEN", "token-4f1d0c9e7ab35826", 1);
	snprintf(whole, sizeof(whole), text, directory);
	config = config_parse("fuzz.json", whole, strlen(whole), error);
	if (!config)
		fprintf(stderr, "%s\n", error);
	MUST(config);
	return config;
}
