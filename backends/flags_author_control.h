/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAGS_AUTHOR_CONTROL_H
#define HSXFS_FLAGS_AUTHOR_CONTROL_H

#include "flags.h"

/* Changing flags through the control plane: bodies and answers. Pure but for the request. */

/* Sends the request of a change; NULL where memory is short. */
checked struct control_call *author_control_send(struct control_plane *plane,
						 const struct control_scope *scope,
						 const struct flag_change *change,
						 control_flag_changed *changed, void *context);

/* Adds what the user can do. */
struct outcome author_control_outcome(const struct outcome *outcome,
				      const struct flag_change *change, bool lost);

/*
 * The flag after a change that went well: the answer if it is one, else what was sent. A new
 * reference; NULL where memory is short.
 */
checked json_t *author_control_flag(const struct flag_change *change, json_t *answer);

#endif
