/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_LEAK_H
#define HSXFS_LEAK_H

#include "value.h"

/*
 * Keeps values and tokens out of what a server says: its messages go to logs, and a server may well
 * repeat what it was sent.
 */

/*
 * Replaces the outcome's message, and takes its request_id out, if that holds eight bytes in a row
 * of the secret (of a shorter one: all of it; of up to three bytes: as a word of its own), as they
 * are, escaped as in JSON or in an address, or in base64; white space does not count. True if the
 * message was replaced. Goes through the secret once a form, however long the message is.
 */
bool leak_withhold(struct outcome *outcome, const struct value *secret);

#endif
