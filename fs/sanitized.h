/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SANITIZED_H
#define HSXFS_SANITIZED_H

/* SANITIZED is defined where AddressSanitizer and its leak checker are built in. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

/*
 * Looks for leaks in a process that ends otherwise than by exit(3), which does so by itself. Such a
 * process ends here if there is one.
 */
#ifdef SANITIZED
#include <sanitizer/lsan_interface.h>
#define check_for_leaks() __lsan_do_leak_check()
#else
#define check_for_leaks() ((void)0)
#endif

#endif
