/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_UNIT_H
#define HSXFS_UNIT_H

#include <stdio.h>
#include <string.h>

/*
 * A unit test is a program: it runs its checks, prints each that failed with its place, and exits
 * with unit_result().
 */

static int unit_failures, unit_checks;

#define CHECK(condition)                                                               \
	do {                                                                           \
		unit_checks++;                                                         \
		if (!(condition)) {                                                    \
			unit_failures++;                                               \
			printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
		}                                                                      \
	} while (0)

#define CHECK_TEXT(actual, expected)                                                         \
	do {                                                                                 \
		const char *unit_actual = (actual);                                          \
		unit_checks++;                                                               \
		if (!unit_actual || strcmp(unit_actual, expected) != 0) {                    \
			unit_failures++;                                                     \
			printf("%s:%d: %s is `%s', not `%s'\n", __FILE__, __LINE__, #actual, \
			       unit_actual ? unit_actual : "(null)", expected);              \
		}                                                                            \
	} while (0)

static inline int unit_result(void)
{
	printf("%d checks, %d failed\n", unit_checks, unit_failures);
	return unit_failures || !unit_checks;
}

#endif
