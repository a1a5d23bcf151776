/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JOURNAL_PAST_H
#define HSXFS_JOURNAL_PAST_H

#include "journal_line.h"
#include "set_times.h"

/*
 * What the journal, and those that were put aside before it, tell of earlier changes: when secrets
 * were set, and which intents have no end. It is read when mounting, from the oldest line on, and
 * when asked to go on; what this mount does meanwhile is to be noted in the times, too.
 *
 * Each journal names, in its first line, the one that was put aside for it. They are read as far
 * back as all of them together have JOURNAL_PAST_BYTES: what happened before is not known.
 */

struct journal_past;

#define JOURNAL_PAST_BYTES ((off_t)64 * 1024 * 1024)

/* So many intents without an end are kept, the newest. */
#define JOURNAL_PAST_OPEN 4096

/* NULL where memory is short. */
checked struct journal_past *journal_past_new(void);
void journal_past_free(struct journal_past *past);

/*
 * Reads the journals of a directory (a descriptor, borrowed), which is kept to go on later. A line
 * that is none is passed over, as is a time in the future. False with errno set: the journal could
 * not be read, or memory was short.
 */
checked bool journal_past_begin(struct journal_past *past, int directory);

/* Reads what was appended since, by whomever; nothing without a directory. As journal_past_begin. */
checked bool journal_past_go_on(struct journal_past *past);

/* True once it was begun. */
bool journal_past_is_of_journal(const struct journal_past *past);

/* The intents that have no end, in their order; NULL after the last. Borrowed. */
const struct journal_line *journal_past_open_intent(const struct journal_past *past, size_t index);

struct set_times *journal_past_times(const struct journal_past *past);

#endif
