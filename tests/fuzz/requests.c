/* SPDX-License-Identifier: MIT */
#include "lib/directory.h"
#include "lib/http.h"
#include "lib/mount.h"

/*
 * What users ask of the kernel, what servers answer, in any order. The first byte chooses options;
 * then each letter is a request (lib/mount.c), or `a': the answer to the request that has waited
 * longest, `t': a turn of the loop, `h': a SIGHUP, `p': what /proc says from now on.
 */

static const char *const variants[] = {
    "rm=free",	  "commit=close", "newline=keep", "newline=trim",
    "unreadable", "ro",		  "rm=off",	  "ttl=0",
};

static void step(struct fuzz_mount *mount, struct fuzz_input *input)
{
	struct filesystem *filesystem = fuzz_mount_filesystem(mount);
	uint8_t letter = fuzz_byte(input);

	switch (letter) {
	case 'a':
		fuzz_http_answer(filesystem->http, fuzz_part(input));
		break;
	case 't':
		fuzz_loop_turn(filesystem->loop);
		break;
	case 'h':
		filesystem_refresh(filesystem);
		break;
	case 'p':
		fuzz_mount_caller(mount, fuzz_byte(input));
		break;
	default:
		fuzz_mount_request(mount, letter, input);
	}
}

static void read_options(struct options *options, const char *directory, uint8_t bits)
{
	char list[FUZZ_PATH_SIZE + 200], error[OPTIONS_ERROR_SIZE];
	char *words[] = {(char *)"hsxfs", (char *)"/mnt", (char *)"-o", list};

	snprintf(list, sizeof(list), "spin=0,uid=1000,gid=1000,state=%s", directory);
	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++)
		if (bits & 1u << i) {
			strcat(list, ",");
			strcat(list, variants[i]);
		}
	MUST(options_read(options, 4, words, error));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct fuzz_input input = {bytes, length};
	char directory[FUZZ_PATH_SIZE];
	struct options options;
	struct config *config;
	struct fuzz_mount *mount;
	static bool prepared;

	prepared = prepared || http_prepare();
	MUST(prepared);
	fuzz_directory_make(directory);
	fuzz_directory_write(directory, ".dev.vars", "A=1\nB='two words' # c\n", 22);
	read_options(&options, directory, (uint8_t)(fuzz_byte(&input) ^ ' '));
	config = fuzz_mount_config(directory);
	mount = fuzz_mount_new(config, &options);
	while (input.length)
		step(mount, &input);
	fuzz_loop_turn(fuzz_mount_filesystem(mount)->loop);
	fuzz_mount_free(mount);
	config_free(config);
	options_free(&options);
	fuzz_directory_remove(directory);
	return 0;
}
