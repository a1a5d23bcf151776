/* SPDX-License-Identifier: MIT */
#include "flag_sightings.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SIGHTINGS_MAX 64

struct flag_sighting {
	char *key; /* NULL: free */
	pid_t session;
	unsigned char digest[16]; /* of version and text */
};

struct flag_sightings {
	struct flag_sighting items[SIGHTINGS_MAX];
	unsigned next; /* the one to be overwritten */
};

struct flag_sightings *flag_sightings_new(void)
{
	return calloc(1, sizeof(struct flag_sightings));
}

void flag_sightings_free(struct flag_sightings *sightings)
{
	for (int i = 0; sightings && i < SIGHTINGS_MAX; i++)
		free(sightings->items[i].key);
	free(sightings);
}

static void digest(const struct flag *flag, unsigned char sum[static 16])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, 16);
	crypto_generichash_update(&state, (const unsigned char *)&flag->version,
				  sizeof(flag->version));
	crypto_generichash_update(&state, (const unsigned char *)flag->text, flag->length);
	crypto_generichash_final(&state, sum, 16);
}

static struct flag_sighting *find(struct flag_sightings *sightings, const char *key, pid_t session)
{
	for (int i = 0; i < SIGHTINGS_MAX; i++) {
		struct flag_sighting *sighting = &sightings->items[i];

		if (sighting->key && sighting->session == session && !strcmp(sighting->key, key))
			return sighting;
	}
	return NULL;
}

void flag_sightings_note(struct flag_sightings *sightings, const struct flag *flag, pid_t session)
{
	struct flag_sighting *sighting = find(sightings, flag->key, session);

	if (!sighting) {
		sighting = &sightings->items[sightings->next];
		sightings->next = (sightings->next + 1) % SIGHTINGS_MAX;
		free(sighting->key);
		sighting->key = strdup(flag->key);
		sighting->session = session;
	}
	digest(flag, sighting->digest);
}

const struct flag_sighting *flag_sightings_find(const struct flag_sightings *sightings,
						const char *key, pid_t session)
{
	return find((struct flag_sightings *)sightings, key, session);
}

bool flag_sighting_is_of(const struct flag_sighting *sighting, const struct flag *flag)
{
	unsigned char sum[16];

	digest(flag, sum);
	return memcmp(sum, sighting->digest, sizeof(sum)) == 0;
}
