/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_NAMES_H
#define HSXFS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The rules for names. Pure. */

/* A name that may be made: [A-Za-z_][A-Za-z0-9_]*, at most 255 bytes. */
bool name_is_valid_secret(const char *name);

/* A listed name that a directory entry can hold: not empty, no slash, no leading dot, at most 255
 * bytes. */
bool name_is_showable(const char *name);

/* An account's or a project's name: showable, and without control characters (C0, DEL, C1). */
bool name_is_valid_directory(const char *name);

/* The longest name of a Worker script that Cloudflare takes, in bytes. */
#define NAME_SCRIPT_MAX 63

/*
 * A Worker script's name, or a worker's: [A-Za-z0-9_-], at most NAME_SCRIPT_MAX bytes. Wider than
 * what Cloudflare lets be made today, since older Workers have capital letters and underscores.
 */
bool name_is_valid_script(const char *name);

/*
 * The slug of HS-X resource names: ASCII lower case, every run of other bytes than [a-z0-9] becomes
 * one dash, none at either end. Writes at most size - 1 bytes and a NUL; false, with the
 * buffer in no known state, if it does not fit or nothing is left.
 */
bool name_slug(char *buffer, size_t size, const char *text);

/* Room for the name of a store, with its NUL. */
#define NAME_STORE_SIZE 64

/*
 * The name of an app's store, hsx-<account>-<project>-<environment>-<app>-<kind>, each part as
 * name_slug makes it. False if it would have over 63 bytes: HS-X cuts those, so that the names of
 * different stores may be the same.
 */
bool name_store(char name[static NAME_STORE_SIZE], const char *account, const char *project,
		const char *environment, const char *app, const char *kind);

#endif
