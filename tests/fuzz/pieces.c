/* SPDX-License-Identifier: MIT */
#include "../../fs/value_file.h"
#include "../unit/dotenv_reader.h"
#include "lib/directory.h"
#include "lib/http.h"
#include "lib/mount.h"
#include <fcntl.h>
#include <unistd.h>

/*
 * One value, written in pieces (apart by RS) to a secret of a .dev.vars file, and closed: if nobody
 * heard of an error, that value is stored, whole, in two versions at most.
 */

enum { VALUE_MAX = 1200, PIECES_MAX = 40 };

struct ends {
	int count, failed;
};

static void ended(void *context, const struct outcome *outcome)
{
	struct ends *ends = context;

	ends->count++;
	ends->failed += outcome->kind != OUTCOME_OK;
}

static char *read_whole(const char *directory, const char *name, size_t *length)
{
	char path[FUZZ_PATH_SIZE + 40], *bytes = calloc(1, 1 << 20);
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	MUST(bytes);
	*length = fd < 0 ? 0 : (size_t)read(fd, bytes, (1 << 20) - 1);
	close(fd);
	return bytes;
}

static void check_stored(const char *directory, const char *bytes, size_t length)
{
	size_t size, stored = 0;
	char *text = read_whole(directory, ".dev.vars", &size);
	struct reader *reader = reader_new(text, size);
	struct reader_entry *entry = reader_find(reader, "X");

	MUST(!commit_problem("X", bytes, length, NEWLINE_STRIP1, &stored));
	MUST(entry && strlen(entry->value) == stored && !memcmp(entry->value, bytes, stored));
	reader_free(reader);
	free(text);
}

static void check_versions(const char *directory)
{
	size_t size, intents = 0;
	char *text = read_whole(directory, "audit.jsonl", &size);

	for (const char *at = text; (at = strstr(at, "\"kind\":\"intent\"")); at++)
		intents++;
	MUST(intents <= 2);
	free(text);
}

/* True if nobody heard of an error. */
static bool write_pieces(struct filesystem *filesystem, struct fuzz_input input, char *value,
			 size_t *length)
{
	struct author author = {.user = 1000, .pid = 1};
	struct node node = {.kind = NODE_SECRET, .environment = DEV};
	struct value_file *file;
	struct ends ends = {0};
	int wanted = 0;

	node.name = name_hold(filesystem->names, "X");
	file = value_file_open(filesystem, &node, &author, O_WRONLY | O_TRUNC, true, NULL, 0);
	MUST(file);
	while (input.length && !ends.failed && wanted < PIECES_MAX) {
		struct fuzz_input part = fuzz_part(&input);

		if (!part.length)
			continue;
		memcpy(value + *length, part.bytes, part.length);
		value_file_set_writer(file, 1);
		value_file_write(file, value + *length, part.length, (int64_t)*length, ended,
				 &ends);
		*length += part.length;
		wanted++;
		MUST(ends.count == wanted);
	}
	value_file_flush(file, ended, &ends);
	MUST(ends.count == wanted + 1);
	value_file_close(file);
	return !ends.failed;
}

static void run(const char *directory, struct filesystem *filesystem, struct fuzz_input input)
{
	char value[VALUE_MAX];
	size_t length = 0;

	if (write_pieces(filesystem, input, value, &length) &&
	    !memmem(value, length, "\xe2\x80\xa8", 3) && !memmem(value, length, "\xe2\x80\xa9", 3))
		check_stored(directory, value, length);
	check_versions(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char directory[FUZZ_PATH_SIZE], list[FUZZ_PATH_SIZE + 20], error[OPTIONS_ERROR_SIZE];
	char *words[] = {(char *)"hsxfs", (char *)"/mnt", (char *)"-o", list};
	struct filesystem *filesystem;
	struct options options;
	struct config *config;
	static bool prepared;

	prepared = prepared || http_prepare();
	if (!prepared || length > VALUE_MAX)
		return 0;
	fuzz_directory_make(directory);
	snprintf(list, sizeof(list), "state=%s", directory);
	MUST(options_read(&options, 4, words, error));
	config = fuzz_mount_config(directory);
	filesystem = filesystem_new(config, &options, "/mnt");
	MUST(filesystem);
	run(directory, filesystem, (struct fuzz_input){bytes, length});
	filesystem_free(filesystem);
	config_free(config);
	options_free(&options);
	fuzz_directory_remove(directory);
	return 0;
}
