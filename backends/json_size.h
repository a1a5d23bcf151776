/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JSON_SIZE_H
#define HSXFS_JSON_SIZE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a text that a server sent may be parsed as JSON: that takes far more memory than the
 * text. False where it has over 600,000 commas or 120,000 opening brackets outside of its strings.
 */
bool json_is_modest(const char *text, size_t length);

/* The same of several texts together, zeroed at first: false where all so far have more than that. */
struct json_size {
	size_t commas, brackets;
};
bool json_size_add(struct json_size *size, const char *text, size_t length);

#endif
