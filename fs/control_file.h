/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONTROL_FILE_H
#define HSXFS_CONTROL_FILE_H

#include "filesystem.h"

/* An open `.status` or `.errors`: its text as it was when it was opened. */

struct control_file {
	char *text;
	size_t length;
};

bool node_is_control(enum node_kind kind);

/* NULL where memory is short. */
checked struct control_file *control_file_open(const struct filesystem *filesystem,
					       enum node_kind kind);

/* NULL is allowed. */
void control_file_close(struct control_file *file);

#endif
