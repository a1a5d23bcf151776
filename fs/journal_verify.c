/* SPDX-License-Identifier: MIT */
#include "journal_verify.h"
#include "../backends/json_io.h"
#include "journal_file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct verification {
	const char *path;
	unsigned long lines;
	char last[JOURNAL_HASH_SIZE];  /* the hash of the line before */
	char first[JOURNAL_HASH_SIZE]; /* that the first line has of what is before it */
	bool torn;		       /* the line before was torn: this one must say so */
};

static bool broken(const struct verification *verification, const char *what)
{
	printf("%s:%lu: %s\n", verification->path, verification->lines, what);
	return false;
}

static bool check_first(struct verification *verification, const char *kind, const char *previous)
{
	if (strlen(previous) != JOURNAL_HASH_SIZE - 1)
		return broken(verification, "the hash of the line before is none");
	if (strcmp(previous, JOURNAL_NO_HASH) != 0 && strcmp(kind, "continued") != 0)
		return broken(verification, "lines before this one are missing");
	strcpy(verification->first, previous);
	return true;
}

static bool check_members(struct verification *verification, const json_t *line)
{
	const char *kind = json_string_value(json_object_get(line, "kind"));
	const char *previous = json_string_value(json_object_get(line, "previous"));

	if (!kind || !previous)
		return broken(verification, "it has no kind, or no hash of the line before");
	if (verification->torn && strcmp(kind, "torn") != 0)
		return broken(verification, "the line before is no JSON, and this does not say so");
	verification->torn = false;
	if (verification->lines == 1)
		return check_first(verification, kind, previous);
	if (strcmp(previous, verification->last) != 0)
		return broken(verification, "the line before it was changed, removed or added");
	return true;
}

static bool check_line(struct verification *verification, const char *text, size_t length)
{
	json_t *line;
	bool sound = true;

	verification->lines++;
	if (text[length - 1] != '\n')
		return broken(verification, "the last line has no end");
	line = json_read(text, length - 1, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(line))
		sound = check_members(verification, line);
	else if (verification->torn)
		sound = broken(verification, "it is no JSON");
	else
		verification->torn = true;
	json_decref(line);
	journal_hash(text, length - 1, verification->last);
	return sound;
}

static bool check_all(struct verification *verification, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	bool sound = true;

	while (sound && (length = getline(&line, &size, file)) > 0)
		sound = check_line(verification, line, (size_t)length);
	free(line);
	if (sound && ferror(file))
		sound = broken(verification, strerror(errno));
	if (sound && verification->torn)
		sound = broken(verification, "it is no JSON");
	return sound;
}

static FILE *open_journal(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status;

	if (!file || fstat(fileno(file), &status) < 0 || !S_ISDIR(status.st_mode))
		return file;
	fclose(file);
	errno = EISDIR;
	return NULL;
}

bool journal_verify(const char *path)
{
	struct verification verification = {
	    .path = path, .last = JOURNAL_NO_HASH, .first = JOURNAL_NO_HASH};
	FILE *file = open_journal(path);
	bool sound;

	if (!file) {
		fprintf(stderr, "hsxfs: %s: %s\n", path, strerror(errno));
		return false;
	}
	sound = check_all(&verification, file);
	fclose(file);
	if (sound)
		printf("%s: OK, %lu lines, from %s to %s\n", path, verification.lines,
		       verification.first, verification.last);
	return sound;
}
