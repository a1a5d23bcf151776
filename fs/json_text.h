/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JSON_TEXT_H
#define HSXFS_JSON_TEXT_H

#include "../backends/outcome.h"
#include <jansson.h>

/*
 * Any bytes as a JSON string: where they are no UTF-8, all that is not ASCII becomes question
 * marks. A new reference; NULL where memory is short.
 */
checked json_t *json_text(const char *text);

#endif
