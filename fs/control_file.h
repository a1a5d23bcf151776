/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONTROL_FILE_H
#define HSXFS_CONTROL_FILE_H

#include "filesystem.h"

/* An open file that is only read: its text as it was when it was opened. */

struct control_file {
	struct control_file *next, **previous;
	struct filesystem *filesystem;
	uid_t user; /* who opened it */
	uint64_t inode;
	struct control_text *shared; /* with all who opened it in this state */
	const char *text;	     /* of `.audit` NULL: that is read as it grows */
	size_t length;
};

/* `.status`, `.errors` and `.audit`: what they say is always known. */
bool node_is_control(enum node_kind kind);

/* Opens one for a user. NULL where memory is short, his share is used up (guests.h), or there is no
 * such file any more. */
checked struct control_file *control_file_open(struct filesystem *filesystem,
					       const struct node *node, uid_t user);

/* NULL is allowed. */
void control_file_close(struct control_file *file);

/* Those that were still open at the end of the mount. */
void control_files_free(struct filesystem *filesystem);

#endif
