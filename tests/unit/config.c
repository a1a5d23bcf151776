/* SPDX-License-Identifier: MIT */
#include "../../fs/config.h"
#include "unit.h"
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BAD_CONFIG_DIRECTORY "tests/bad-config"
#define FILE_SIZE 8192

/* What every token of the bad configurations holds, and no message may. */
#define SECRET_MARK "hunter2"

#define IDENTIFIER "0123456789abcdef0123456789abcdef"
#define CLOUDFLARE \
	"\"cloudflare\":{\"account_id\":\"" IDENTIFIER "\",\"token\":{\"env\":\"TOKEN\"}}"

static struct config *parse(const char *text)
{
	char error[CONFIG_ERROR_SIZE] = "";
	struct config *config = config_parse("c.json", text, strlen(text), error);

	if (!config)
		printf("%s\n", error);
	return config;
}

/* Parses one account with these members. */
static struct config *parse_account(const char *members)
{
	char text[4096];

	snprintf(text, sizeof(text), "{\"accounts\":{\"acct_demo\":{%s}}}", members);
	return parse(text);
}

static const char full_text[] =
    "{\"cloudflare\":{\"token\":{\"env\":\"TOP_TOKEN\"},\"ca_file\":\"/etc/top.pem\"},"
    "\"control_plane\":{\"api\":\"https://Top.example/v/\",\"token\":{\"env\":\"HSX\"},"
    "\"paths\":{\"routes\":\"/v1/{account}/{project}/live\",\"accounts\":\"/v1/me\"}},"
    "\"accounts\":{\"acct_demo\":{"
    "\"cloudflare\":{\"api\":\"HTTP://LocalHost:8080/Client/v4//\","
    "\"account_id\":\"0123456789ABCDEF0123456789abcdef\",\"token\":{\"env\":\"CF_TOKEN\"},"
    "\"ca_file\":\"/etc/ca.pem\"},"
    "\"control_plane\":{\"api\":\"https://control.example\",\"token\":{\"file\":\"~/cp.token\"},"
    "\"paths\":{\"deploy\":\"/v2/deploys/{deploy}/of/{account}/{project}\"}},"
    "\"projects\":{\"acme-crm\":{\"workers\":[\"deals\",\"contacts\"],\"app_id\":\"123456\","
    "\"allow_promote\":true,\"flags\":{\"authoring\":\"control_plane\"},"
    "\"environments\":{"
    "\"production\":{\"scripts\":[\"Acme_deals\",\"acme-contacts\"],\"commit\":\"write\"},"
    "\"staging\":{\"scripts\":[\"acme-staging\"],\"flags_kv\":\"" IDENTIFIER "\","
    "\"flags_key\":\"snapshot/1\",\"installs_kv\":\"1123456789ABCDEF0123456789abcdef\","
    "\"allow_promote\":false,\"flags\":{\"authoring\":\"kv\"},\"commit\":\"close\"},"
    "\"dev\":{\"dotenv\":\"~/src//acme/./.dev.vars\"}}}}}}}";

static void check_full_account(const struct account_config *account)
{
	CHECK_TEXT(account->name, "acct_demo");
	CHECK_TEXT(account->cloudflare.url, "http://localhost:8080/Client/v4");
	CHECK_TEXT(account->account_id, IDENTIFIER);
	CHECK_TEXT(account->cloudflare.ca_file, "/etc/ca.pem");
	CHECK(account->cloudflare.token.source == TOKEN_ENV);
	CHECK_TEXT(account->cloudflare.token.name, "CF_TOKEN");
	CHECK_TEXT(account->control_plane.api.url, "https://control.example");
	CHECK(!account->control_plane.api.ca_file);
	CHECK(account->control_plane.api.token.source == TOKEN_FILE);
	CHECK_TEXT(account->control_plane.api.token.name, "/home/ann/cp.token");
	CHECK_TEXT(account->control_plane.paths[CONTROL_DEPLOY],
		   "/v2/deploys/{deploy}/of/{account}/{project}");
	CHECK(!account->control_plane.paths[CONTROL_ROUTES]);
}

static void check_full_top(const struct config *config)
{
	CHECK_TEXT(config->cloudflare.url, "https://api.cloudflare.com/client/v4");
	CHECK_TEXT(config->cloudflare.token.name, "TOP_TOKEN");
	CHECK_TEXT(config->cloudflare.ca_file, "/etc/top.pem");
	CHECK_TEXT(config->control_plane.api.url, "https://top.example/v");
	CHECK_TEXT(config->control_plane.api.token.name, "HSX");
	CHECK(!config->control_plane.api.ca_file);
	CHECK_TEXT(config->control_plane.paths[CONTROL_ACCOUNTS], "/v1/me");
	CHECK_TEXT(config->control_plane.paths[CONTROL_ROUTES], "/v1/{account}/{project}/live");
	CHECK(!config->control_plane.paths[CONTROL_PROJECTS]);
	for (unsigned i = CONTROL_DEPLOYS; i < CONTROL_PATHS; i++)
		CHECK(!config->control_plane.paths[i]);
}

static void check_full_project(const struct project_config *project)
{
	const struct environment_config *dev = &project->environments[DEV];
	const struct environment_config *staging = &project->environments[STAGING];
	const struct environment_config *production = &project->environments[PRODUCTION];

	CHECK_TEXT(project->name, "acme-crm");
	CHECK_TEXT(project->app_id, "123456");
	CHECK(project->worker_count == 2);
	CHECK_TEXT(project->workers[0], "deals");
	CHECK_TEXT(project->workers[1], "contacts");
	CHECK(production->script_count == 2 && !production->scripts_derived);
	CHECK_TEXT(production->scripts[0], "Acme_deals");
	CHECK_TEXT(production->scripts[1], "acme-contacts");
	CHECK(!production->commit_at_close && !production->dotenv && !production->flags_kv);
	CHECK(staging->script_count == 1 && staging->commit_at_close);
	CHECK_TEXT(staging->scripts[0], "acme-staging");
	CHECK_TEXT(staging->flags_kv, IDENTIFIER);
	CHECK_TEXT(staging->flags_key, "snapshot/1");
	CHECK_TEXT(staging->installs_kv, "1123456789abcdef0123456789abcdef");
	CHECK(!dev->installs_kv && !production->installs_kv);
	CHECK(dev->allow_promote && !staging->allow_promote && production->allow_promote);
	CHECK(dev->authoring == AUTHORING_CONTROL_PLANE && staging->authoring == AUTHORING_KV);
	CHECK(production->authoring == AUTHORING_CONTROL_PLANE);
	CHECK(dev->script_count == 0 && !dev->scripts && !dev->commit_at_close);
	CHECK_TEXT(dev->dotenv, "/home/ann/src/acme/.dev.vars");
}

static void test_full(void)
{
	struct config *config = parse(full_text);

	CHECK(config);
	if (!config)
		return;
	CHECK_TEXT(config->path, "c.json");
	CHECK(config->account_count == 1);
	CHECK(config->accounts[0].project_count == 1);
	check_full_top(config);
	check_full_account(&config->accounts[0]);
	check_full_project(&config->accounts[0].projects[0]);
	config_free(config);
}

/* Production alone owns scripts that nobody listed. */
static void test_derived_scripts(void)
{
	struct config *config = parse_account(
	    CLOUDFLARE ",\"projects\":{\"Acme CRM\":{\"workers\":[\"deals\",\"New_Deals\"],"
		       "\"environments\":{\"production\":{},\"staging\":{}}}}");
	const struct project_config *project;

	CHECK(config);
	if (!config)
		return;
	CHECK_TEXT(config->accounts[0].cloudflare.url, "https://api.cloudflare.com/client/v4");
	project = &config->accounts[0].projects[0];
	CHECK(project->environments[PRODUCTION].script_count == 2);
	CHECK(project->environments[PRODUCTION].scripts_derived);
	CHECK_TEXT(project->environments[PRODUCTION].scripts[0], "hsx-acct-demo-acme-crm-deals");
	CHECK_TEXT(project->environments[PRODUCTION].scripts[1],
		   "hsx-acct-demo-acme-crm-new-deals");
	CHECK(!project->environments[STAGING].scripts && !project->environments[DEV].scripts);
	config_free(config);
}

static void check_no_scripts(const char *members)
{
	struct config *config = parse_account(members);

	CHECK(config);
	if (!config)
		return;
	for (unsigned i = 0; i < ENVIRONMENTS; i++)
		CHECK(config->accounts[0].projects[0].environments[i].script_count == 0);
	config_free(config);
}

static void test_no_scripts(void)
{
	check_no_scripts("\"projects\":{\"crm\":{\"workers\":[\"deals\"]}}");
	check_no_scripts(CLOUDFLARE ",\"projects\":{\"crm\":{\"workers\":[]}}");
	check_no_scripts(CLOUDFLARE ",\"projects\":{\"crm\":{}}");
	check_no_scripts(CLOUDFLARE ",\"projects\":{\"crm\":{\"workers\":[\"deals\"],"
				    "\"environments\":{\"production\":{\"dotenv\":\"/v\"}}}}");
}

/* Two Cloudflare accounts, or two APIs, may each have a script of one name. */
static void test_same_name_elsewhere(void)
{
	struct config *config =
	    parse("{\"accounts\":{\"a\":{" CLOUDFLARE ",\"projects\":{\"p\":{\"environments\":"
		  "{\"staging\":{\"scripts\":[\"s\"]}}}}},"
		  "\"b\":{\"cloudflare\":{\"account_id\":\"1123456789abcdef0123456789abcdef\","
		  "\"token\":{\"env\":\"T\"}},\"projects\":{\"p\":{\"environments\":"
		  "{\"production\":{\"scripts\":[\"s\"]}}}}},"
		  "\"c\":{\"cloudflare\":{\"api\":\"http://127.0.0.1:1\",\"account_id\":"
		  "\"" IDENTIFIER "\",\"token\":{\"env\":\"T\"}},\"projects\":{\"p\":"
		  "{\"environments\":{\"production\":{\"scripts\":[\"s\"]}}}}}}}");

	CHECK(config && config->account_count == 3);
	config_free(config);
}

static void check_token(const char *text, enum token_source source, const char *name)
{
	char members[1024];
	struct config *config;
	const struct token_config *token;

	snprintf(members, sizeof(members),
		 "\"control_plane\":{\"api\":\"https://c.example\",\"token\":%s},"
		 "\"projects\":{\"p\":{}}",
		 text);
	config = parse_account(members);
	CHECK(config);
	if (!config)
		return;
	token = &config->accounts[0].control_plane.api.token;
	CHECK(token->source == source);
	CHECK_TEXT(source == TOKEN_COMMAND ? token->command[0] : token->name, name);
	CHECK(source != TOKEN_COMMAND || (!token->command[3] && !strcmp(token->command[1], "") &&
					  !strcmp(token->command[2], "~/cf")));
	config_free(config);
}

static void test_tokens(void)
{
	check_token("{\"env\":\"CF_TOKEN\"}", TOKEN_ENV, "CF_TOKEN");
	check_token("{\"file\":\"/run/token\"}", TOKEN_FILE, "/run/token");
	check_token("{\"file\":\"~/token\"}", TOKEN_FILE, "/home/ann/token");
	check_token("{\"credential\":\"cf.token\"}", TOKEN_CREDENTIAL, "cf.token");
	check_token("{\"command\":[\"pass\",\"\",\"~/cf\"]}", TOKEN_COMMAND, "pass");
	check_token("{\"command\":[\"~/bin/t\",\"\",\"~/cf\"]}", TOKEN_COMMAND, "/home/ann/bin/t");
}

static void test_default_path(void)
{
	char *path;

	setenv("XDG_CONFIG_HOME", "/xdg", 1);
	path = config_default_path();
	CHECK_TEXT(path, "/xdg/hsxfs/config.json");
	free(path);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	path = config_default_path();
	CHECK_TEXT(path, "/home/ann/.config/hsxfs/config.json");
	free(path);
	unsetenv("XDG_CONFIG_HOME");
	path = config_default_path();
	CHECK_TEXT(path, "/home/ann/.config/hsxfs/config.json");
	free(path);
}

static size_t read_file(const char *path, char text[static FILE_SIZE])
{
	FILE *file = fopen(path, "re");
	size_t length = file ? fread(text, 1, FILE_SIZE - 1, file) : 0;

	CHECK(file);
	if (file)
		fclose(file);
	text[length] = '\0';
	return length;
}

/* Reads NAME.expected, where @FILE@ at its beginning stands for the file's path. */
static void read_expected(const char *path, char line[static 2 * FILE_SIZE])
{
	char name[512], text[FILE_SIZE];

	snprintf(name, sizeof(name), "%.*s.expected", (int)(strlen(path) - strlen(".json")), path);
	read_file(name, text);
	CHECK(strncmp(text, "@FILE@", 6) == 0);
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, 2 * FILE_SIZE, "%s%s", path, strlen(text) > 6 ? text + 6 : "");
}

static void check_bad_file(const char *path)
{
	char text[FILE_SIZE], error[CONFIG_ERROR_SIZE] = "", expected[2 * FILE_SIZE];
	size_t length = read_file(path, text);
	struct config *config = config_parse(path, text, length, error);

	read_expected(path, expected);
	CHECK(!config);
	CHECK_TEXT(error, expected);
	CHECK(!strstr(error, SECRET_MARK));
	CHECK(!strchr(error, '\n'));
	config_free(config);
}

static void test_bad_files(void)
{
	DIR *directory = opendir(BAD_CONFIG_DIRECTORY);
	const struct dirent *entry;
	unsigned count = 0;

	CHECK(directory);
	while (directory && (entry = readdir(directory))) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[512];

		if (!dot || strcmp(dot, ".json") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", BAD_CONFIG_DIRECTORY, entry->d_name);
		check_bad_file(path);
		count++;
	}
	CHECK(count >= 30);
	if (directory)
		closedir(directory);
}

/* Writes an account with so many projects, or so many accounts with one project each. */
static char *many(unsigned accounts, unsigned projects)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	fputs("{\"accounts\":{", file);
	for (unsigned i = 0; i < accounts; i++) {
		fprintf(file, "%s\"a%u\":{\"projects\":{", i ? "," : "", i);
		for (unsigned j = 0; j < projects; j++)
			fprintf(file,
				"%s\"p%u\":{\"environments\":{\"dev\":{\"dotenv\":"
				"\"/%u/%u\"}}}",
				j ? "," : "", j, i, j);
		fputs("}}", file);
	}
	fputs("}}", file);
	fclose(file);
	return text;
}

static void check_many(unsigned accounts, unsigned projects, const char *expected)
{
	char error[CONFIG_ERROR_SIZE] = "";
	char *text = many(accounts, projects);
	struct config *config = config_parse("c.json", text, strlen(text), error);

	CHECK(!config == (*expected != '\0'));
	CHECK_TEXT(error, expected);
	config_free(config);
	free(text);
}

static void test_ceilings(void)
{
	check_many(1000, 10, "");
	check_many(1001, 1,
		   "c.json: accounts: there are more than the file may hold, which is 1000");
	check_many(1, 10000, "");
	check_many(1, 10001,
		   "c.json: accounts.a0.projects: there are more than the file may hold, which is "
		   "10000");
	check_many(3, 3334,
		   "c.json: accounts.a2.projects: there are more than the file may hold, which is "
		   "10000");
}

/* A long name must not push the message out of the line. */
static void test_long_names(void)
{
	char path[1000], name[301], text[400], error[CONFIG_ERROR_SIZE] = "";

	memset(path, 'd', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"accounts\":{\"%s\":{\"projects\":{}}}}", name);
	CHECK(!config_parse(path, text, strlen(text), error));
	CHECK(strncmp(error, "...ddd", 6) == 0);
	CHECK(strstr(error, "nnn...: cannot be a directory's name; it has 1 to 255 bytes"));
}

static void check_read(const char *path, const char *expected)
{
	char error[CONFIG_ERROR_SIZE] = "", line[CONFIG_ERROR_SIZE];
	struct config *config = config_read(path, error);

	snprintf(line, sizeof(line), "%s: %s", path, expected);
	CHECK(!config == (*expected != '\0'));
	CHECK_TEXT(error, *expected ? line : "");
	config_free(config);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	CHECK(file);
	if (!file)
		return;
	CHECK(fputs(text, file) >= 0 && fclose(file) == 0);
	CHECK(chmod(path, mode) == 0);
}

static void check_writable_by_others(const char *path)
{
	char expected[256];

	snprintf(expected, sizeof(expected), "others can write to it; `chmod go-w %s`", path);
	CHECK(chmod(path, 0664) == 0);
	check_read(path, expected);
	CHECK(chmod(path, 0646) == 0);
	check_read(path, expected);
	CHECK(chmod(path, 0644) == 0);
	check_read(path, "");
}

/* Only root can give a file away; others meet the rule in a file that is root's, which is fine. */
static void check_owner(const char *path)
{
	char error[CONFIG_ERROR_SIZE] = "", expected[256];

	if (geteuid() != 0) {
		CHECK(!config_read("/etc/passwd", error));
		CHECK(strncmp(error, "/etc/passwd:1:", 14) == 0);
		return;
	}
	CHECK(chown(path, 4321, 4321) == 0);
	snprintf(expected, sizeof(expected),
		 "belongs to the user 4321, not to you or root; `chown 0 %s`, or mount as that "
		 "user (in fstab: setuid=NAME)",
		 path);
	check_read(path, expected);
	CHECK(seteuid(4321) == 0);
	check_read(path, "");
	CHECK(seteuid(0) == 0);
	CHECK(chown(path, 0, 0) == 0 && seteuid(4321) == 0);
	check_read(path, "");
	CHECK(seteuid(0) == 0);
}

static void check_size(const char *path)
{
	char *text = malloc(1024 * 1024 + 2);
	size_t length = strlen(full_text);

	CHECK(text);
	if (!text)
		return;
	memset(text, ' ', 1024 * 1024 + 1);
	memcpy(text, full_text, length);
	text[1024 * 1024] = '\0';
	write_file(path, text, 0600);
	check_read(path, "");
	text[1024 * 1024] = ' ';
	text[1024 * 1024 + 1] = '\0';
	write_file(path, text, 0600);
	check_read(path, "is larger than 1048576 bytes");
	free(text);
}

static void check_kinds(const char *directory, const char *path)
{
	char other[128];

	check_read(directory, "is not a regular file");
	snprintf(other, sizeof(other), "%s/other", directory);
	check_read(other, "there is no such file; write it, or name another on the command line");
	CHECK(mkfifo(other, 0600) == 0);
	check_read(other, "is not a regular file");
	CHECK(unlink(other) == 0 && symlink(path, other) == 0);
	check_read(other, "");
	CHECK(unlink(other) == 0);
	snprintf(other, sizeof(other), "%s/other", path);
	check_read(other, "cannot be opened: Not a directory");
}

static void test_read(void)
{
	char directory[] = "/tmp/hsxfs-unit-config-XXXXXX", path[64];

	CHECK(mkdtemp(directory));
	CHECK(chmod(directory, 0755) == 0);
	snprintf(path, sizeof(path), "%s/config.json", directory);
	write_file(path, full_text, 0600);
	check_read(path, "");
	check_writable_by_others(path);
	check_owner(path);
	check_kinds(directory, path);
	check_size(path);
	CHECK(unlink(path) == 0 && rmdir(directory) == 0);
}

#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* A sanitizer has a malloc of its own. */
#if !SANITIZED && defined(__GLIBC__)
#define ALLOCATION_CAN_FAIL 1
#else
#define ALLOCATION_CAN_FAIL 0
#endif

#if ALLOCATION_CAN_FAIL

/* The n-th allocation from now fails; 0: none does. */
static unsigned long failing;
static long allocated;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static bool fails_now(void)
{
	return failing && --failing == 0;
}

static void *counted(void *memory)
{
	allocated += memory != NULL;
	return memory;
}

void *malloc(size_t size)
{
	return fails_now() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size)
{
	if (fails_now())
		return NULL;
	return memory ? __libc_realloc(memory, size) : counted(__libc_realloc(NULL, size));
}

void free(void *memory)
{
	allocated -= memory != NULL;
	__libc_free(memory);
}

/* Parses with the n-th allocation failing, for each n there is. Returns how many there are. */
static unsigned long fail_each_allocation(const char *text)
{
	for (unsigned long count = 1; count < 1000; count++) {
		char error[CONFIG_ERROR_SIZE] = "";
		long before = allocated;
		struct config *config;
		bool failed;

		failing = count;
		config = config_parse("c.json", text, strlen(text), error);
		failed = !failing;
		failing = 0;
		CHECK(config || (failed && strncmp(error, "c.json: ", 8) == 0));
		config_free(config);
		CHECK(allocated == before);
		if (!failed)
			return count - 1;
	}
	return 0;
}

static void free_scripts(char **scripts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		free(scripts[i]);
	free(scripts);
}

/* asprintf does not need the memory of each of its allocations. */
static void fail_each_derivation(void)
{
	static const char *const workers[] = {"deals", "contacts"};
	unsigned refused = 0;
	bool failed = true;

	for (unsigned long at = 1; failed && at < 100; at++) {
		char problem[CONFIG_ERROR_SIZE] = "", **scripts;
		long before = allocated;
		unsigned count;
		bool made;

		failing = at;
		made = config_derive_scripts("a", "p", workers, 2, &scripts, &count, problem);
		failed = !failing;
		failing = 0;
		CHECK_TEXT(problem, made ? "" : "a/p: memory is short");
		CHECK(count == (made ? 2 : 0));
		free_scripts(scripts, count);
		CHECK(allocated == before);
		refused += !made;
	}
	CHECK(!failed && refused >= 3);
}

/* jansson does not notice every failure of its own, so it always gets its memory. */
static void test_short_memory(void)
{
	json_set_alloc_funcs(__libc_malloc, __libc_free);
	CHECK(fail_each_allocation(full_text) > 40);
	fail_each_derivation();
	CHECK(fail_each_allocation(
		  "{\"accounts\":{\"acct_demo\":{\"cloudflare\":{\"account_id\":\"" IDENTIFIER
		  "\",\"token\":{\"command\":[\"pass\",\"cf\"]}},\"projects\":{"
		  "\"crm\":{\"workers\":[\"deals\",\"contacts\"]}}}}}") > 12);
}

#endif

int main(void)
{
	setenv("HOME", "/home/ann", 1);
	test_full();
	test_derived_scripts();
	test_no_scripts();
	test_same_name_elsewhere();
	test_tokens();
	test_default_path();
	test_bad_files();
	test_ceilings();
	test_long_names();
	test_read();
#if ALLOCATION_CAN_FAIL
	test_short_memory();
#endif
	return unit_result();
}
