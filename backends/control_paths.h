/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONTROL_PATHS_H
#define HSXFS_CONTROL_PATHS_H

#include "control_plane.h"

/* What the placeholders of path templates stand for. */
enum control_name {
	CONTROL_NAME_ACCOUNT,
	CONTROL_NAME_PROJECT,
	CONTROL_NAME_ENVIRONMENT,
	CONTROL_NAME_APP,
	CONTROL_NAME_DEPLOY,
	CONTROL_NAME_FLAG,
	CONTROL_NAMES
};

/*
 * Puts names, percent-encoded, in the places of a template's placeholders. False where one is NULL
 * or not control_name_is_valid, where the template is none, or where the path does not fit.
 */
checked bool control_path_fill(char *path, size_t size, const char *template,
			       const char *const names[CONTROL_NAMES]);

#endif
