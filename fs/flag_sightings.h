/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAG_SIGHTINGS_H
#define HSXFS_FLAG_SIGHTINGS_H

#include "../backends/flag_text.h"
#include <sys/types.h>

/*
 * Which state of a flag each session has been given, so that an edit of an older one is refused. The
 * latest of each session and flag, 64 in all.
 */

struct flag_sightings;
struct flag_sighting;

/* NULL where memory is short. */
checked struct flag_sightings *flag_sightings_new(void);
void flag_sightings_free(struct flag_sightings *sightings);

void flag_sightings_note(struct flag_sightings *sightings, const struct flag *flag, pid_t session);

/* What the session was given last of that flag; NULL: it was given nothing, or that is forgotten. */
const struct flag_sighting *flag_sightings_find(const struct flag_sightings *sightings,
						const char *key, pid_t session);

/* True if the flag is still as it was then. */
bool flag_sighting_is_of(const struct flag_sighting *sighting, const struct flag *flag);

#endif
