/* SPDX-License-Identifier: MIT */
#include "../../../backends/value.h"

/*
 * The linker puts this in the place of arena_new: a mount's arena takes longer to wipe than a whole
 * run, and a small one is full more often.
 */
enum { ARENA_MAX = 640 * 1024 };

struct arena *__real_arena_new(size_t bytes, bool *locked);
struct arena *__wrap_arena_new(size_t bytes, bool *locked);

struct arena *__wrap_arena_new(size_t bytes, bool *locked)
{
	return __real_arena_new(bytes < ARENA_MAX ? bytes : ARENA_MAX, locked);
}
