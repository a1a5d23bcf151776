/* SPDX-License-Identifier: MIT */
#include "readers.h"
#include "caller.h"

void readers_note(struct readers *readers, uint64_t inode, pid_t thread, int64_t now)
{
	unsigned before = (readers->next + READERS_REMEMBERED - 1) % READERS_REMEMBERED;
	struct past_read *last = &readers->latest[before];

	if (!thread)
		return;
	/* One file is often several reads. */
	if (last->inode == inode && last->thread == thread) {
		last->at = now;
		return;
	}
	readers->latest[readers->next] = (struct past_read){inode, thread, now};
	readers->next = (readers->next + 1) % READERS_REMEMBERED;
}

bool readers_have(const struct readers *readers, uint64_t inode, pid_t thread, int64_t now)
{
	for (unsigned i = 0; thread && i < READERS_REMEMBERED; i++) {
		const struct past_read *reader = &readers->latest[i];

		if (reader->inode == inode && now - reader->at < READERS_WINDOW &&
		    (reader->thread == thread || caller_has_thread(thread, reader->thread)))
			return true;
	}
	return false;
}
