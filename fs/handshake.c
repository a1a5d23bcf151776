/* SPDX-License-Identifier: MIT */
#include "handshake.h"
#include <linux/fuse.h>
#include <stddef.h>

void handshake_allow_parallel(const struct iovec *reply, int count)
{
	const struct fuse_out_header *header;
	struct fuse_init_out *init;

	if (count != 2 || reply[0].iov_len != sizeof(*header) ||
	    reply[1].iov_len < offsetof(struct fuse_init_out, max_background))
		return;
	header = reply[0].iov_base;
	init = reply[1].iov_base;
	if (!header->error)
		init->flags |= FUSE_PARALLEL_DIROPS;
}
