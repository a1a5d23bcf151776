/* SPDX-License-Identifier: MIT */
#include "sandbox.h"
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether the file, or a directory on the way to it, belongs to somebody else. */
static bool is_of_others(const char *file)
{
	char place[PATH_MAX];
	struct stat status;

	for (const char *end = file; *end; end += strcspn(end, "/")) {
		end += strspn(end, "/");
		if (snprintf(place, sizeof(place), "%.*s", (int)(end + strcspn(end, "/") - file),
			     file) >= (int)sizeof(place))
			return true;
		if (lstat(place, &status) == 0 && status.st_uid != geteuid())
			return true;
	}
	return false;
}

unsigned sandbox_capabilities_for(const char *file)
{
	if (geteuid() != 0 || !is_of_others(file))
		return 0;
	return 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE;
}

bool sandbox_keep_capabilities(unsigned wanted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, sets) < 0)
		return false;
	sets[0].permitted &= wanted;
	sets[0].effective &= wanted;
	sets[0].inheritable = sets[1].inheritable = 0;
	sets[1].permitted = sets[1].effective = 0;
	return syscall(SYS_capset, &header, sets) == 0;
}
