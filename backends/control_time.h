/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONTROL_TIME_H
#define HSXFS_CONTROL_TIME_H

#include <stdint.h>

/* Seconds of the epoch of an RFC 3339 time (any offset, fraction cut); -1 if it is none. Pure. */
int64_t control_time(const char *text);

#endif
