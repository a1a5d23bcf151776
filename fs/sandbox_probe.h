/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SANDBOX_PROBE_H
#define HSXFS_SANDBOX_PROBE_H

/*
 * Only in a program that is built with -DHSXFS_SANDBOX_PROBE, for tests: tries what the sandbox has
 * to refuse, from the main thread and from one that is started then, and prints a line for each to
 * stderr: `probe THREAD WHAT: RESULT', the result being the name of an errno, or "done". Files are
 * named in $HSXFS_PROBE_READ and $HSXFS_PROBE_WRITE, ports in $HSXFS_PROBE_PORTS, with colons
 * between them; system calls are tried if $HSXFS_PROBE_CALLS is set.
 */
void sandbox_probe(void);

#endif
