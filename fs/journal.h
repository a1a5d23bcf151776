/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JOURNAL_H
#define HSXFS_JOURNAL_H

#include "journal_past.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The journal of changes: JSON lines, only ever appended to, in the state directory. Each line has
 * the hash of the one before it (BLAKE2b, 256 bits), so that an edit shows. A change is noted twice:
 * as an intent, which is on the disk before a request leaves, and with its outcome, before the
 * caller is answered. Several mounts may share one directory: every append holds a lock.
 *
 *	audit.jsonl        the journal; audit-TIME-HASH.jsonl the ones before it
 *	audit.lock         held while a line is appended
 *	fingerprint.key    of the fingerprints of values, 32 random bytes
 *	mount-ID.lock      held by each mount for its life
 *
 * Nothing here ever sees a value but journal_fingerprint, which keeps nothing of it.
 */

struct journal;

#define JOURNAL_PROBLEM_SIZE 1024

/* A change of an earlier mount of which nobody knows whether it was made. */
typedef void journal_unfinished(void *context, const char *operation, const char *path);

/*
 * Opens, or makes, the journal in a directory, which is made if need be: it must be the user's own
 * and on a local disk. A torn last line is closed, what the journal tells is read into the past
 * (borrowed for the call), and intents of mounts that are no more get the end "unknown": unfinished is
 * called for each. NULL with one line in problem.
 */
checked struct journal *journal_open(const char *directory, struct journal_past *past,
				     journal_unfinished *unfinished, void *context,
				     char problem[static JOURNAL_PROBLEM_SIZE]);

/* Only reads it into the past, if there is such a directory; for a mount that changes nothing. */
void journal_look(const char *directory, struct journal_past *past);

/* NULL is allowed. */
void journal_close(struct journal *journal);

struct journal_intent {
	const char *operation, *path;
	uid_t user;
	pid_t pid;
	const char *program; /* NULL: not known */
	const char *account; /* whose Workers they are; NULL: none */
	const char **scripts;
	size_t script_count;
	const char *deploy; /* what is made active; NULL: no route changes */
	const char *state;  /* of a flag that is set by its word; NULL: another change */
	bool has_value;
	size_t written, stored;	 /* its size before and after the newline rule */
	const char *fingerprint; /* see journal_fingerprint; NULL without a value */
};

/*
 * Notes what is about to be sent, and waits for the disk. On OUTCOME_OK *id names it for
 * journal_conclude; OUTCOME_NO_SPACE, OUTCOME_LOCAL_ERROR or, where somebody holds the lock for
 * more than a second, OUTCOME_CONFLICT: nothing was noted, and nothing may be sent.
 */
struct outcome journal_intend(struct journal *journal, const struct journal_intent *intent,
			      uint64_t *id);

/* Notes how it ended, and when. False if that could not be stored (room for it was set aside). */
checked bool journal_conclude(struct journal *journal, uint64_t id, const struct outcome *outcome,
			      struct timespec *when);

/* Notes that nobody will know how it ended; as journal_conclude. */
checked bool journal_give_up(struct journal *journal, uint64_t id);

/* Room for a fingerprint, with its NUL. */
#define JOURNAL_FINGERPRINT_SIZE 33

/* A keyed hash of a value: equal for equal values, of no use without the key. */
void journal_fingerprint(const struct journal *journal, const char *bytes, size_t length,
			 char text[static JOURNAL_FINGERPRINT_SIZE]);

/* The journal's size, and bytes of it at an offset: as pread(2); -1 with errno set. */
off_t journal_size(const struct journal *journal);
ssize_t journal_read(const struct journal *journal, char *buffer, size_t size, off_t offset);

/*
 * $STATE_DIRECTORY (systemd), $XDG_STATE_HOME/hsxfs or ~/.local/state/hsxfs. NULL where there is
 * neither variable nor home, or memory is short; the caller frees it.
 */
checked char *journal_default_directory(void);

#endif
