/* SPDX-License-Identifier: MIT */
#include "../../backends/cloudflare_reply.h"
#include "../../backends/control_reply.h"
#include "../../backends/dotenv_file.h"
#include "../../backends/dotenv_text.h"
#include "../../backends/flag_text.h"
#include "../../backends/wipe.h"
#include "../../fs/branch.h"
#include "../../fs/config.h"
#include "../../fs/journal.h"
#include "../../fs/journal_verify.h"
#include "../../fs/listing.h"
#include "../../fs/options.h"
#include "unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Every part that is pure, or nearly, with the first allocation failing, then the second, and so on;
 * the same with reads and writes that do less than was asked, and with a disk that is full. Each says
 * that it failed, or does what it does otherwise: never something else, and nothing is left behind.
 */

/* ---- what becomes scarce ---- */

static long allocations_left = -1, pieces_left = -1, writes_left = -1; /* -1: there are enough */
static long in_use;						       /* pieces of memory */

static bool runs_out(long *left)
{
	if (*left < 0)
		return false;
	return (*left)-- == 0;
}

/* The sanitizers have their own; then nothing fails, and they look for what is lost. */
#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static void *counted(void *memory)
{
	in_use += memory != NULL;
	return memory;
}

static void *none(void)
{
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	return runs_out(&allocations_left) ? none() : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return runs_out(&allocations_left) ? none() : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size)
{
	if (runs_out(&allocations_left))
		return none();
	return memory ? __libc_realloc(memory, size) : counted(__libc_realloc(memory, size));
}

void free(void *memory)
{
	in_use -= memory != NULL;
	__libc_free(memory);
}
#endif

static size_t piece_of(size_t size)
{
	return runs_out(&pieces_left) && size > 1 ? size / 2 : size;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	return syscall(SYS_read, fd, buffer, piece_of(size));
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
	return syscall(SYS_pread64, fd, buffer, piece_of(size), offset);
}

/* What is on a full disk is the part that still found room. */
ssize_t write(int fd, const void *bytes, size_t size)
{
	if (runs_out(&writes_left)) {
		writes_left = 0;
		if (size > 1)
			return syscall(SYS_write, fd, bytes, size / 2);
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_write, fd, bytes, piece_of(size));
}

/* ---- the directory that the files are in ---- */

static char directory[] = "/tmp/hsxfs-scarcity-XXXXXX";
static char config_path[64], dotenv_path[64], journal_path[64];

static void empty_directory(void)
{
	DIR *open_directory = opendir(directory);
	struct dirent *entry;

	while (open_directory && (entry = readdir(open_directory)))
		unlinkat(dirfd(open_directory), entry->d_name, 0);
	closedir(open_directory);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* ---- what is done ---- */

/* How it ended: as it should where there is enough, or refused because there was not. */
enum end { GOOD, REFUSED, WRONG };

static struct arena *arena;

static const char config_text[] =
    "{\"accounts\": {\"acct_demo\": {\"cloudflare\": {\"api\": \"http://127.0.0.1:8787\","
    " \"account_id\": \"0123456789abcdef0123456789abcdef\", \"token\": {\"command\": [\"pass\", "
    "\"x\"]}},"
    " \"control_plane\": {\"api\": \"https://example.com\", \"ca_file\": \"~/ca.pem\","
    " \"token\": {\"file\": \"~/t\"}, \"paths\": {\"accounts\": \"/v1/accounts\"}},"
    " \"projects\": {\"acme-crm\": {\"workers\": [\"deals\", \"x\"], \"app_id\": \"1\","
    " \"environments\": {\"staging\": {\"scripts\": [\"one\", \"two\"], \"flags_kv\":"
    " \"0123456789abcdef0123456789abcdef\"}, \"dev\": {\"dotenv\": \"~/.dev.vars\"}}}}}}}";

static enum end judge_config(struct config *config, const char *error)
{
	enum end end = config ? GOOD : error[0] ? REFUSED : WRONG;

	if (config && (config->account_count != 1 ||
		       config->accounts[0].projects[0].environments[STAGING].script_count != 2 ||
		       config->accounts[0].projects[0].environments[PRODUCTION].script_count != 2))
		end = WRONG;
	if (end == WRONG)
		printf("config: %s\n", error);
	config_free(config);
	return end;
}

static enum end parse_config(void)
{
	char error[CONFIG_ERROR_SIZE] = "";

	return judge_config(config_parse("c", config_text, strlen(config_text), error), error);
}

static enum end read_config(void)
{
	char error[CONFIG_ERROR_SIZE] = "";

	return judge_config(config_read(config_path, error), error);
}

static enum end refuse_config(void)
{
	static const char text[] =
	    "{\"accounts\": {\"a b\": {\"projects\": {\"p\": {\"wokers\": [1]}}}}}";
	char error[CONFIG_ERROR_SIZE] = "";
	struct config *config = config_parse("c", text, strlen(text), error);

	if (config) {
		config_free(config);
		return WRONG;
	}
	return strstr(error, "workers") ? GOOD : error[0] ? REFUSED : WRONG;
}

static enum end read_options(void)
{
	char *words[] = {(char *)"hsxfs", (char *)"-o", (char *)"ro,allow_other,state=/x,umask=027",
			 (char *)"c", (char *)"m"};
	char error[OPTIONS_ERROR_SIZE] = "";
	struct options options;
	enum end end = REFUSED;

	if (options_read(&options, 5, words, error))
		end = options.read_only && options.allow_other && options.umask == 027 &&
			      strstr(options.kernel, "ro,") && options.state
			  ? GOOD
			  : WRONG;
	else if (!error[0])
		end = WRONG;
	options_free(&options);
	return end;
}

/* Where memory is short in the midst of a text, jansson says that it is no JSON: any refusal will do. */
static enum end judge_outcome(const struct outcome *outcome, bool good)
{
	if (outcome->kind == OUTCOME_OK)
		return good ? GOOD : WRONG;
	return outcome->message[0] ? REFUSED : WRONG;
}

static enum end edit_dotenv(void)
{
	struct value *text = value_new(arena, 100000), *value = value_new(arena, 100);
	struct value *out = value_new(arena, 100000);
	enum end end = REFUSED;
	struct outcome outcome;

	if (text && value && out && value_append(text, "A=1\nB='x y' # c\n", 16) &&
	    value_append(value, "it's", 4)) {
		outcome = dotenv_set(text, "B", value, out);
		end = judge_outcome(&outcome, !strcmp(value_bytes(out), "A=1\nB=\"it's\" # c\n"));
		if (end == GOOD) {
			outcome = dotenv_unset(out, "A", text);
			end = judge_outcome(&outcome, true);
		}
	}
	value_free(out);
	value_free(value);
	value_free(text);
	return end;
}

static enum end list_dotenv(void)
{
	struct value *text = value_new(arena, 100000);
	struct secret_names *names = calloc(1, sizeof(*names));
	enum end end = REFUSED;

	if (text && names && value_append(text, "A=1\nB=2\nC=3\n", 12) && dotenv_list(text, names))
		end = names->count == 3 && secret_names_find(names, "C") ? GOOD : WRONG;
	secret_names_free(names);
	value_free(text);
	return end;
}

static enum end read_dotenv(void)
{
	struct value *text = value_new(arena, 100000);
	struct dotenv_state state;
	enum end end = REFUSED;
	struct outcome outcome;

	if (text) {
		outcome = dotenv_file_read(dotenv_path, text, &state);
		end = judge_outcome(&outcome, value_length(text) == 6000);
	}
	value_free(text);
	return end;
}

static const char snapshot[] =
    "{\"flags\":{\"b\":{\"state\":\"enabled\",\"version\":3,\"n\":0.1},\"a\":{\"key\":\"a\"}}}";

static enum end list_flags(void)
{
	struct flag_set *set = calloc(1, sizeof(*set));
	enum end end = REFUSED;

	if (set && flag_set_add(set, "k", snapshot, strlen(snapshot)) && flag_set_sort(set)) {
		const struct flag *flag = flag_set_find(set, "b");

		end = set->count == 2 && flag && flag->version == 3 && flag->definition &&
			      strstr(flag->text, "0.1,") && !strcmp(flag->source, "k")
			  ? GOOD
			  : WRONG;
	}
	flag_set_free(set);
	return end;
}

static enum end parse_flag(void)
{
	static const char text[] = "{\"key\": \"b\", \"state\": \"enabled\", \"rules\": [1, {}]}";
	struct flag_body body;
	struct outcome outcome = flag_parse("b", text, strlen(text), &body);
	enum end end =
	    judge_outcome(&outcome, body.definition && json_object_size(body.definition) == 3);

	json_decref(body.definition);
	return end;
}

static enum end edit_flag(void)
{
	char *value = NULL;
	json_t *flag = NULL;
	struct outcome outcome = flag_edit(snapshot, strlen(snapshot), "k", "b", "disabled", NULL,
					   "2026-06-11T14:02:11.000Z", &value, &flag);
	enum end end =
	    judge_outcome(&outcome, value && flag && strstr(value, "\"disabled\"") &&
					strstr(value, "\"version\":4") && strstr(value, "0.1") &&
					strstr(value, "\"a\":{\"key\":\"a\"}"));

	json_decref(flag);
	free(value);
	return end;
}

static struct http_reply reply_of(const char *body)
{
	return (struct http_reply){.outcome = {.kind = OUTCOME_OK},
				   .status = 200,
				   .body = body,
				   .length = strlen(body),
				   .json = true,
				   .request_id = ""};
}

static enum end read_cloudflare(void)
{
	struct http_reply reply = reply_of("{\"success\":true,\"result\":[{\"name\":\"A\"}]}");
	json_t *result = NULL;
	struct outcome outcome = cloudflare_outcome(&reply, &result);
	enum end end = judge_outcome(&outcome, json_array_size(result) == 1);

	json_decref(result);
	return end;
}

static enum end read_installs(void)
{
	static const struct control_scope scope = {"a", "p", "production", NULL};
	struct http_reply reply = reply_of("{\"items\":[{\"portalId\":7,\"state\":\"active\"},{"
					   "\"portalId\":\"8\"},{}],\"nextCursor\":\"c\"}");
	struct control_install *installs = NULL;
	size_t count = 0, unshown = 0;
	const char *next = NULL;
	json_t *json = NULL, *items = NULL;
	struct outcome outcome = control_outcome(&reply, &json);
	enum end end;

	if (outcome.kind == OUTCOME_OK)
		outcome = control_page(json, NULL, &items, &next);
	if (outcome.kind == OUTCOME_OK)
		installs = control_read_installs(items, &scope, &count, &unshown);
	end = judge_outcome(&outcome, !installs || (count == 2 && unshown == 1 && next));
	if (end == GOOD && !installs)
		end = REFUSED;
	free(installs);
	json_decref(json);
	return end;
}

/* Of two apps no directory shows one. */
static enum end list_apps(void)
{
	char one[] = "111", two[] = "222", *apps[] = {one, two};
	struct project_state project = {.apps = apps, .app_count = 2}, *projects[] = {&project};
	struct filesystem filesystem = {.projects = projects, .names = name_table_new()};
	const struct node installs = {.kind = NODE_INSTALLS};
	enum end end = filesystem.names ? GOOD : REFUSED;
	struct node child;

	for (unsigned i = 0; end == GOOD && i < branch_count(&filesystem, &installs); i++) {
		if (!branch_at(&filesystem, &installs, i, &child))
			end = REFUSED;
		else if (child.kind != NODE_APP)
			end = WRONG;
		else
			name_release(filesystem.names, child.name, 1);
	}
	name_table_free(filesystem.names);
	return end;
}

/* A backend whose listing comes when it is told to. */
struct slow_secrets {
	struct secrets secrets;
	secrets_listed *listed;
	void *context;
};

static void list_slowly(struct secrets *secrets, secrets_listed *listed, void *context)
{
	struct slow_secrets *slow = (struct slow_secrets *)secrets;

	slow->listed = listed;
	slow->context = context;
}

static unsigned one_script(const struct secrets *secrets)
{
	(void)secrets;
	return 1;
}

static void ready(void *context, const struct outcome *outcome)
{
	*(enum end *)context = outcome->kind == OUTCOME_OK ? GOOD : REFUSED;
}

/* What was changed while a listing was on its way is in it, or nobody believes it. */
static enum end list_during_change(void)
{
	static const struct secrets_ops ops = {.list = list_slowly, .scripts = one_script};
	struct slow_secrets slow = {.secrets = {&ops}};
	struct secret_names *names = calloc(1, sizeof(*names));
	struct name_table *table = name_table_new();
	struct listing *listing = table ? listing_new(&slow.secrets, table, 60000) : NULL;
	struct outcome ok = {.kind = OUTCOME_OK};
	enum end end = REFUSED;

	if (listing && names && secret_names_add(names, "OLD", false, 0, 1))
		listing_wait(listing, ready, &end);
	if (slow.listed) {
		listing_note(listing, "NEW", true);
		slow.listed(slow.context, &ok, names);
		names = NULL;
		if (!listing_fresh_for(listing))
			end = REFUSED;
		else if (listing_presence(listing, "NEW") != PRESENCE_THERE)
			end = WRONG;
	}
	secret_names_free(names);
	listing_free(listing);
	name_table_free(table);
	return end;
}

static void tell(void *context, const char *operation, const char *path)
{
	int *told = context;

	*told += !strcmp(operation, "set") && !strcmp(path, "/a");
}

static enum end note(struct journal *journal)
{
	const char *scripts[] = {"one", "two"};
	char fingerprint[JOURNAL_FINGERPRINT_SIZE];
	struct journal_intent intent = {.operation = "set",
					.path = "/a",
					.program = "/usr/bin/x",
					.account = "acc",
					.scripts = scripts,
					.script_count = 2,
					.has_value = true,
					.fingerprint = fingerprint};
	struct outcome outcome, end = {.kind = OUTCOME_SERVER_ERROR,
				       .http_status = 500,
				       .code = 10013,
				       .request_id = "ray"};
	struct timespec when;
	uint64_t id;

	journal_fingerprint(journal, "value", 5, fingerprint);
	outcome = journal_intend(journal, &intent, &id);
	if (outcome.kind == OUTCOME_NO_SPACE || outcome.kind == OUTCOME_NO_MEMORY ||
	    (outcome.kind == OUTCOME_LOCAL_ERROR && strstr(outcome.message, "memory")))
		return REFUSED;
	if (outcome.kind != OUTCOME_OK) {
		printf("%s\n", outcome.message);
		return WRONG;
	}
	return journal_conclude(journal, id, &end, &when) ? GOOD : REFUSED;
}

static bool has_all_members(const char *text)
{
	static const char *const members[] = {"\"program\":\"/usr/bin/x\"",
					      "\"account\":\"acc\"",
					      "\"nanoseconds\":",
					      "\"fingerprint\":\"",
					      "\"http\":500",
					      "\"code\":10013",
					      "\"request_id\":\"ray\"",
					      "\"scripts\":[\"one\",\"two\"]",
					      "\"path\":\"/a\"",
					      "\"kind\":\"unknown\""};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (!strstr(text, members[i]))
			return false;
	return true;
}

/* Sound whatever happened, and every line has all that belongs in it. */
static enum end judge_journal(enum end end, int told)
{
	char text[8192] = "";
	int fd = open(journal_path, O_RDONLY | O_CLOEXEC);
	long left[] = {allocations_left, pieces_left, writes_left};

	allocations_left = pieces_left = writes_left = -1;
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		end = WRONG;
	close(fd);
	if (text[0] && text[strlen(text) - 1] == '\n' && !journal_verify(journal_path))
		end = WRONG;
	if (end == GOOD && (told != 1 || !has_all_members(text)))
		end = WRONG;
	if (end == WRONG)
		printf("told %d:\n%s", told, text);
	allocations_left = left[0];
	pieces_left = left[1];
	writes_left = left[2];
	return end;
}

/* The one before it has left an intent without an end; the mount after all can go on. */
static enum end keep_journal(void)
{
	static const char left_open[] =
	    "{\"kind\":\"intent\",\"id\":\"0000000000000007\",\"mount\":\"0123456789abcdef\","
	    "\"operation\":\"set\",\"path\":\"/a\",\"previous\":"
	    "\"0000000000000000000000000000000000000000000000000000000000000000\"}\n";
	char problem[JOURNAL_PROBLEM_SIZE] = "";
	long left[] = {allocations_left, pieces_left, writes_left};
	struct journal *journal = NULL;
	struct journal_past *past;
	enum end end = REFUSED;
	int told = 0;

	allocations_left = pieces_left = writes_left = -1;
	empty_directory();
	write_file(journal_path, left_open);
	allocations_left = left[0];
	pieces_left = left[1];
	writes_left = left[2];
	past = journal_past_new();
	if (past)
		journal = journal_open(directory, past, tell, &told, problem);
	if (journal)
		end = note(journal);
	else if (past && !problem[0])
		end = WRONG;
	journal_close(journal);
	journal_past_free(past);
	return judge_journal(end, told);
}

/* What was left half-written on a full disk, the next mount closes. */
static enum end keep_journal_after(void)
{
	enum end end = keep_journal();
	char problem[JOURNAL_PROBLEM_SIZE] = "";
	struct journal_past *past;
	struct journal *journal;
	int told = 0;

	allocations_left = pieces_left = writes_left = -1;
	past = journal_past_new();
	journal = journal_open(directory, past, tell, &told, problem);
	if (!journal || note(journal) != GOOD)
		end = WRONG;
	journal_close(journal);
	journal_past_free(past);
	return journal_verify(journal_path) ? end : WRONG;
}

/* ---- scarcity after scarcity ---- */

struct scene {
	const char *name;
	enum end (*run)(void);
};

static enum end run_with(const struct scene *scene, long *left, long n)
{
	long before = in_use;
	enum end end;

	*left = n;
	end = scene->run();
	if (end == WRONG || in_use != before)
		printf("%s, number %ld: end %d, %ld pieces of memory lost\n", scene->name, n, end,
		       in_use - before);
	CHECK(end != WRONG);
	CHECK(in_use == before);
	return end;
}

/* The n-th fails, for every n until there are fewer; then all is well. */
static void run_scene(const struct scene *scene, long *left, bool fails)
{
	enum end end;
	bool happened = true;
	long n;

	(void)scene->run();
	for (n = 0; happened; n++) {
		end = run_with(scene, left, n);
		happened = *left < 0;
		*left = -1;
		CHECK(fails || end == GOOD);
	}
	CHECK(end == GOOD);
	CHECK(n > 1);
}

static void test_allocations(void)
{
	static const struct scene scenes[] = {
	    {"parse_config", parse_config},
	    {"read_config", read_config},
	    {"refuse_config", refuse_config},
	    {"read_options", read_options},
	    {"edit_dotenv", edit_dotenv},
	    {"list_dotenv", list_dotenv},
	    {"read_dotenv", read_dotenv},
	    {"list_flags", list_flags},
	    {"parse_flag", parse_flag},
	    {"edit_flag", edit_flag},
	    {"read_cloudflare", read_cloudflare},
	    {"read_installs", read_installs},
	    {"list_apps", list_apps},
	    {"list_during_change", list_during_change},
	    {"keep_journal", keep_journal},
	};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
#ifndef __SANITIZE_ADDRESS__
		run_scene(&scenes[i], &allocations_left, true);
#else
		CHECK(scenes[i].run() == GOOD);
#endif
	}
}

static void test_short_reads(void)
{
	static const struct scene scenes[] = {{"read_config", read_config},
					      {"read_dotenv", read_dotenv},
					      {"keep_journal", keep_journal}};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++)
		run_scene(&scenes[i], &pieces_left, false);
}

/* From one write on, none finds room any more. */
static void test_full_disk(void)
{
	static const struct scene scene = {"keep_journal_after", keep_journal_after};
	enum end end = REFUSED;

	for (long n = 0; n < 20; n++) {
		end = run_with(&scene, &writes_left, n);
		writes_left = -1;
	}
	CHECK(end == GOOD);
}

int main(void)
{
	char text[6001];
	bool locked;

	setvbuf(stdout, NULL, _IONBF, 0);
	setenv("HOME", "/home/demo", 1);
	if (!wipe_install() || sodium_init() < 0 || !mkdtemp(directory) ||
	    !(arena = arena_new((size_t)1024 * 1024, &locked)))
		return 1;
	snprintf(config_path, sizeof(config_path), "%s/config.json", directory);
	snprintf(dotenv_path, sizeof(dotenv_path), "%s/.dev.vars", directory);
	snprintf(journal_path, sizeof(journal_path), "%s/audit.jsonl", directory);
	memset(text, 'x', 6000);
	text[6000] = '\0';
	write_file(config_path, config_text);
	write_file(dotenv_path, text);
	test_allocations();
	write_file(config_path, config_text);
	write_file(dotenv_path, text);
	test_short_reads();
	test_full_disk();
	empty_directory();
	rmdir(directory);
	arena_free(arena);
	return unit_result();
}
