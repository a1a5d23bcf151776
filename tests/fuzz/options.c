/* SPDX-License-Identifier: MIT */
#include "../../fs/options.h"
#include "lib/fuzz.h"

/* The command line, its words apart by RS. */

enum { WORDS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct fuzz_input input = {bytes, length};
	char *words[WORDS_MAX + 1] = {strdup("hsxfs")};
	char error[OPTIONS_ERROR_SIZE] = "";
	struct options options;
	int count = 1;

	while (input.length && count < WORDS_MAX)
		words[count++] = fuzz_text(fuzz_part(&input));
	if (options_read(&options, count, words, error)) {
		MUST(options.mountpoint || options.help || options.version || options.check);
		MUST(options.deadline > 0 && options.time_to_live >= 0 && options.queue > 0);
		MUST(options.umask <= 0777 && options.kernel);
		MUST(!options.state || options.state[0] == '/');
	} else {
		MUST(error[0]);
	}
	options_free(&options);
	for (int i = 0; i < count; i++)
		free(words[i]);
	return 0;
}
