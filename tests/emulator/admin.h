/* SPDX-License-Identifier: MIT */
#ifndef ADMIN_H
#define ADMIN_H

#include "call.h"

/* Whether a call is for the paths under /admin, by which tests look and interfere. */
bool admin_is(const struct call *call);

/* Answers such a call. */
void admin_answer(struct call *call);

#endif
