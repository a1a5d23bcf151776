/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_VERSION_H
#define HSXFS_VERSION_H

/* From git, as `git describe --tags --always --dirty` has it; set by the Makefile. */
extern const char hsxfs_version[];

#endif
