/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SANDBOX_H
#define HSXFS_SANDBOX_H

#include "config.h"
#include <stdbool.h>

/*
 * What the daemon gives up once it is mounted: new privileges (prctl(2), PR_SET_NO_NEW_PRIVS), root's
 * capabilities (capabilities(7)), the system calls that it has no use for (seccomp(2)), and all files
 * and TCP ports but those that it needs (landlock(7)). What it cannot do any more its keeper does.
 */

/* The layers that hold; where the kernel lacks one, the others do. */
struct sandbox_layers {
	bool on; /* any of it was asked for */
	bool no_new_privs, seccomp;
	bool capabilities;	    /* all but some were given up */
	unsigned capabilities_kept; /* which ones, a bit for each as of capabilities(7) */
	int landlock;		    /* the version of its interface, 0: none */
	bool network;		    /* Landlock's rules for TCP, from version 4 on */
};

/* Landlock's rules, made and not yet in force. */
struct sandbox {
	int rules; /* a descriptor, -1: none */
	int version;
	unsigned long long files, ports; /* the rights that are ruled on */
	unsigned capabilities;		 /* to keep, a bit for each */
};

#define SANDBOX_NONE ((struct sandbox){.rules = -1})

/*
 * Makes the rules for a configuration. Call it before the mount, since a path that leads into it
 * would wait for the daemon itself; mountpoint is absolute, state is the directory of the journal,
 * NULL if there is none, which is only read unless writes_state. The caller frees it with
 * sandbox_free.
 */
struct sandbox sandbox_prepare(const struct config *config, const char *state, bool writes_state,
			       const char *mountpoint);

/*
 * Puts all layers in force, for good, for this thread and those that it starts: call it after the
 * mount and before the first thread. What the kernel refuses is printed to stderr, a line each.
 */
void sandbox_enter(const struct sandbox *sandbox, struct sandbox_layers *layers);

void sandbox_free(struct sandbox *sandbox);

/* The seccomp layer alone: needs no_new_privs, or root. False with errno set; ENOSYS on a processor
 * whose system calls are not listed. */
checked bool sandbox_filter(void);

/* The capabilities that it takes to replace a file, with the owner that it has: none unless root
 * does that for somebody else. */
unsigned sandbox_capabilities_for(const char *file);

/* Gives up, for good, all capabilities but these, bits as of capabilities(7). False with errno set. */
checked bool sandbox_keep_capabilities(unsigned wanted);

#endif
