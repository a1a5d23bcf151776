/* SPDX-License-Identifier: MIT */
#include "errno_table.h"
#include <errno.h>
#include <string.h>

static const int errno_table[OUTCOME_KINDS] = {
    [OUTCOME_OK] = 0,
    [OUTCOME_SCRIPT_NOT_FOUND] = ENOENT,
    [OUTCOME_SECRET_NOT_FOUND] = ENOENT,
    [OUTCOME_TIMED_OUT] = ETIMEDOUT,
    [OUTCOME_UNREACHABLE] = EHOSTUNREACH,
    [OUTCOME_REFUSED] = ECONNREFUSED,
    [OUTCOME_UNTRUSTED] = EPROTO,
    [OUTCOME_BAD_REPLY] = EPROTO,
    [OUTCOME_NO_TOKEN] = ENOKEY,
    [OUTCOME_TOKEN_REFUSED] = EACCES,
    [OUTCOME_NOT_ALLOWED] = EPERM,
    [OUTCOME_TOO_LARGE] = EFBIG,
    [OUTCOME_TOO_MANY] = EDQUOT,
    [OUTCOME_NAME_TAKEN] = EEXIST,
    [OUTCOME_BAD_NAME] = EINVAL,
    [OUTCOME_BAD_VALUE] = EINVAL,
    [OUTCOME_READ_ONLY] = EROFS,
    [OUTCOME_NOT_DEPLOYED] = EBUSY,
    [OUTCOME_CONFLICT] = EBUSY,
    [OUTCOME_RATE_LIMITED] = EBUSY,
    [OUTCOME_QUEUE_FULL] = EBUSY,
    [OUTCOME_SERVER_ERROR] = EIO,
    [OUTCOME_NO_MEMORY] = ENOMEM,
    [OUTCOME_NO_SPACE] = ENOSPC,
    [OUTCOME_LOCAL_ERROR] = EIO,
    [OUTCOME_UNREADABLE] = EACCES,
    [OUTCOME_OTHER_CALLER] = EACCES,
    [OUTCOME_CANCELLED] = ECANCELED,
    [OUTCOME_BRAKED] = EPERM,
    [OUTCOME_NOT_SUPPORTED] = EPERM,
};

int errno_of(enum outcome_kind kind)
{
	return kind < OUTCOME_KINDS ? errno_table[kind] : EIO;
}

const char *errno_name(int number)
{
	const char *name = strerrorname_np(number);

	return name ? name : "E?";
}
