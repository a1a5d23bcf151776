/* SPDX-License-Identifier: MIT */
#include "../../fs/journal.h"
#include "../../fs/journal_verify.h"
#include "lib/directory.h"
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

/*
 * The journal of changes, in two ways that the first byte chooses: a file of any bytes, and a sound
 * journal that was cut somewhere, as by a crash. What is appended never breaks what was sound.
 */

#define LIMIT ((size_t)60000)

static void tell(void *context, const char *operation, const char *path)
{
	size_t *told = context;

	MUST(operation && path);
	(*told)++;
}

static bool verify(const char *directory)
{
	char path[FUZZ_PATH_SIZE + 40];

	snprintf(path, sizeof(path), "%s/audit.jsonl", directory);
	return journal_verify(path);
}

/* A mount that makes changes: each is noted, and concluded unless its byte says otherwise. */
static size_t mount(const char *directory, struct fuzz_input changes)
{
	char problem[JOURNAL_PROBLEM_SIZE] = "", fingerprint[JOURNAL_FINGERPRINT_SIZE];
	size_t told = 0;
	struct journal_past *past = journal_past_new();
	struct journal *journal = journal_open(directory, past, tell, &told, problem);
	struct timespec when;

	MUST(journal);
	while (changes.length) {
		uint8_t kind = fuzz_byte(&changes);
		char *name = fuzz_text(fuzz_part(&changes));
		const char *scripts[] = {name, "other"};
		struct journal_intent intent = {.operation = kind & 1 ? "set" : "unset",
						.path = name,
						.pid = kind,
						.program = kind & 2 ? name : NULL,
						.account = kind & 8 ? name : NULL,
						.scripts = scripts,
						.script_count = kind & 3,
						.has_value = kind & 1,
						.written = strlen(name),
						.fingerprint = fingerprint};
		struct outcome outcome = {.kind = (enum outcome_kind)(kind % OUTCOME_KINDS)};
		uint64_t id;

		if (intent.script_count > 2)
			intent.script_count = 2;
		journal_fingerprint(journal, name, strlen(name), fingerprint);
		outcome_name_request(&outcome, name);
		if (journal_intend(journal, &intent, &id).kind == OUTCOME_OK && kind & 4)
			MUST(journal_conclude(journal, id, &outcome, &when));
		free(name);
	}
	MUST(journal_past_go_on(past));
	journal_close(journal);
	journal_past_free(past);
	return told;
}

static void cut(const char *directory, size_t at)
{
	char path[FUZZ_PATH_SIZE + 40];
	off_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/audit.jsonl", directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	MUST(fd >= 0);
	size = lseek(fd, 0, SEEK_END);
	MUST(size > 0 && ftruncate(fd, size - (off_t)(at % (size_t)size)) == 0);
	close(fd);
}

static void check_any(const char *directory, struct fuzz_input input)
{
	struct fuzz_input none = {NULL, 0};
	bool sound;

	fuzz_directory_write(directory, "audit.jsonl", input.bytes, input.length);
	sound = verify(directory);
	mount(directory, none);
	MUST(!sound || verify(directory));
	mount(directory, (struct fuzz_input){(const uint8_t *)"\005a", 2});
	MUST(!sound || verify(directory));
}

static void check_cut(const char *directory, struct fuzz_input input)
{
	size_t at = fuzz_byte(&input);

	at |= (size_t)fuzz_byte(&input) << 8;
	MUST(mount(directory, input) == 0);
	MUST(verify(directory));
	cut(directory, at);
	mount(directory, input);
	MUST(verify(directory));
	mount(directory, input);
	MUST(verify(directory));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct fuzz_input input = {bytes, length};
	char directory[FUZZ_PATH_SIZE];
	uint8_t way = fuzz_byte(&input);
	static FILE *nowhere;

	if (length > LIMIT || sodium_init() < 0)
		return 0;
	/* The verdicts are printed. */
	if (!nowhere)
		nowhere = freopen("/dev/null", "w", stdout);
	fuzz_directory_make(directory);
	if (way & 1)
		check_cut(directory, input);
	else
		check_any(directory, input);
	fuzz_directory_remove(directory);
	return 0;
}
