/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SCRIPT_CLAIMS_H
#define HSXFS_SCRIPT_CLAIMS_H

#include "accounts.h"

/*
 * Whose a Worker is that a control plane's word makes a project's. True where it is, or may be,
 * another environment's, of whatever project: then that project does not get it. So it is with a
 * script that an environment has already, and with one whose name could as well have been made from
 * a project of the configuration: `hsx-acme-crm-eu-deals' is worker `deals' of `crm-eu', if there is
 * one, whatever workers `crm' is said to have.
 */
bool script_is_anothers(const struct project_state *project, const char *script);

#endif
