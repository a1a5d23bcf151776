/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CHECK_H
#define HSXFS_CHECK_H

#include "config.h"
#include "options.h"
#include <stdbool.h>

/*
 * Reads the tokens and asks, without mounting, for what a mount would list: of a control plane its
 * accounts and projects, of every environment its secrets' names. A line on the standard output says
 * of each how that ended. True if all did well; nothing is changed anywhere.
 */
checked bool check_configuration(const struct config *config, const struct options *options);

#endif
