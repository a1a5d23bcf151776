/* SPDX-License-Identifier: MIT */
#include "brake.h"

static struct brake_record *record_of(struct brake *brake, pid_t session)
{
	struct brake_record *oldest = brake->records;

	for (int i = 0; i < BRAKE_RECORDS; i++) {
		struct brake_record *record = &brake->records[i];

		if (record->session == session)
			return record;
		if (record->last_tried < oldest->last_tried)
			oldest = record;
	}
	*oldest = (struct brake_record){.session = session};
	return oldest;
}

bool brake_allows(struct brake *brake, pid_t session, int64_t now)
{
	struct brake_record *record = record_of(brake, session);
	bool rested = now - record->last_tried >= BRAKE_WINDOW;

	record->last_tried = now;
	if (rested) {
		record->on = false;
		record->count = 0;
	}
	if (record->count == BRAKE_FREE && now - record->times[0] < BRAKE_WINDOW)
		record->on = true;
	if (record->on)
		return false;
	if (record->count == BRAKE_FREE) {
		for (int i = 1; i < BRAKE_FREE; i++)
			record->times[i - 1] = record->times[i];
		record->count--;
	}
	record->times[record->count++] = now;
	return true;
}
