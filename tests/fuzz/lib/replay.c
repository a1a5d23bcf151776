/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include <dirent.h>
#include <errno.h>

/* The main of a target without a fuzzer: hands it each file that is named, or is in a directory. */

static bool replay_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *bytes = NULL;
	size_t length = 0, room = 0, got = 1;

	while (file && got > 0) {
		if (length == room)
			bytes = realloc(bytes, room = 2 * room + 4096);
		MUST(bytes);
		got = fread(bytes + length, 1, room - length, file);
		length += got;
	}
	if (!file || ferror(file)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	} else {
		struct fuzz_input input = {(const uint8_t *)bytes, length};
		char *exact = fuzz_bytes(input);

		fprintf(stderr, "%s\n", path);
		LLVMFuzzerTestOneInput((const uint8_t *)exact, length);
		free(exact);
	}
	free(bytes);
	return file && fclose(file) == 0;
}

static size_t replay_directory(const char *path, DIR *directory)
{
	struct dirent *entry;
	size_t count = 0;
	char *file;

	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		MUST(asprintf(&file, "%s/%s", path, entry->d_name) >= 0);
		count += replay_file(file);
		free(file);
	}
	closedir(directory);
	return count;
}

int main(int count, char **paths)
{
	size_t replayed = 0;

	for (int i = 1; i < count; i++) {
		DIR *directory = opendir(paths[i]);

		replayed += directory ? replay_directory(paths[i], directory)
				      : (size_t)replay_file(paths[i]);
	}
	fprintf(stderr, "%zu inputs\n", replayed);
	return replayed == 0;
}
