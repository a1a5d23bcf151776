/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_TEXT_H
#define HSXFS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Text from elsewhere, which may be anything: controls, UTF-8 (RFC 3629), and where it may be cut. */

/* True if it has a control character: C0 (NUL, too), DEL, or C1, which is two bytes of UTF-8. */
bool text_has_control(const char *text, size_t length);

/*
 * Makes one line of it that a terminal shows as it is: puts `instead` in place of every byte of a
 * control character, of what separates lines (U+2028, U+2029), and of what changes the direction of
 * writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069).
 */
void text_flatten(char *text, size_t length, char instead);

bool text_is_utf8(const char *text, size_t length);

/* Cuts a text to so many bytes at most, and never inside a UTF-8 sequence. */
void text_cut(char *text, size_t ceiling);

#endif
