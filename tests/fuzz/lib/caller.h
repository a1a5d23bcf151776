/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FUZZ_CALLER_H
#define HSXFS_FUZZ_CALLER_H

#include "../../../fs/caller.h"

/* Stands for fs/caller.c in the fuzz targets: what /proc says of callers is part of the input. */
void fuzz_caller_set(enum caller_fate fate, enum caller_intent intent);

#endif
