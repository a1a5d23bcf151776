/* SPDX-License-Identifier: MIT */
#include "set_times.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE crypto_generichash_BYTES_MIN
#define SLOTS_FIRST 256u

/* A place is known by its hash alone: 128 bits, so that no two have the same. */
struct slot {
	unsigned char key[KEY_SIZE];
	int64_t second; /* 0: it was removed */
	int32_t nanosecond;
	uint32_t user;
	bool taken;
};

struct set_times {
	struct slot *slots;
	size_t size, used, removed;
	unsigned char
	    secret[crypto_generichash_KEYBYTES]; /* nobody can choose who is in whose way */
};

struct set_times *set_times_new(void)
{
	struct set_times *times = calloc(1, sizeof(*times));

	if (!times)
		return NULL;
	randombytes_buf(times->secret, sizeof(times->secret));
	times->size = SLOTS_FIRST;
	times->slots = calloc(times->size, sizeof(*times->slots));
	if (times->slots)
		return times;
	free(times);
	return NULL;
}

void set_times_free(struct set_times *times)
{
	if (!times)
		return;
	free(times->slots);
	free(times);
}

static void add_text(crypto_generichash_state *state, const char *text)
{
	crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

static void make_key(const struct set_times *times, const struct set_place *place,
		     unsigned char key[static KEY_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, times->secret, sizeof(times->secret), KEY_SIZE);
	add_text(&state, place->account);
	add_text(&state, place->script);
	add_text(&state, place->name);
	crypto_generichash_final(&state, key, KEY_SIZE);
}

/* The slot of that key, or the free one where it belongs: there always is one. */
static struct slot *find(struct slot *slots, size_t size, const unsigned char *key)
{
	size_t at;

	memcpy(&at, key, sizeof(at));
	for (at &= size - 1; slots[at].taken; at = (at + 1) & (size - 1))
		if (!memcmp(slots[at].key, key, KEY_SIZE))
			break;
	return &slots[at];
}

/* Into so many slots, without those that were removed. */
static bool spread(struct set_times *times, size_t size)
{
	struct slot *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < times->size; i++)
		if (times->slots[i].taken && times->slots[i].second)
			*find(slots, size, times->slots[i].key) = times->slots[i];
	free(times->slots);
	times->slots = slots;
	times->size = size;
	times->used -= times->removed;
	times->removed = 0;
	return true;
}

static bool make_room(struct set_times *times)
{
	if (times->used < times->size / 2)
		return true;
	if (times->removed >= times->used / 2 || times->used >= SET_TIMES_MAX)
		return times->removed && spread(times, times->size);
	return spread(times, times->size * 2);
}

bool set_time_before(const struct set_time *a, const struct set_time *b)
{
	if (a->when.tv_sec != b->when.tv_sec)
		return a->when.tv_sec < b->when.tv_sec;
	return a->when.tv_nsec < b->when.tv_nsec;
}

static struct set_time time_of(const struct slot *slot)
{
	return (struct set_time){{slot->second, slot->nanosecond}, slot->user};
}

static void keep(struct set_times *times, const struct set_place *place, const struct set_time *set)
{
	unsigned char key[KEY_SIZE];
	struct set_time known;
	struct slot *slot;

	make_key(times, place, key);
	slot = find(times->slots, times->size, key);
	if (!slot->taken) {
		if (!make_room(times))
			return;
		slot = find(times->slots, times->size, key);
		times->used++;
	} else if (!slot->second) {
		times->removed--;
	}
	known = time_of(slot);
	if (set_time_before(set, &known))
		return;
	*slot = (struct slot){.second = set->when.tv_sec,
			      .nanosecond = (int32_t)set->when.tv_nsec,
			      .user = set->user,
			      .taken = true};
	memcpy(slot->key, key, sizeof(key));
}

static struct set_place all_of(const struct set_place *place)
{
	return (struct set_place){place->account, place->script, ""};
}

void set_times_set(struct set_times *times, const struct set_place *place,
		   const struct set_time *set)
{
	struct set_place all = all_of(place);

	if (set->when.tv_sec <= 0)
		return;
	keep(times, place, set);
	keep(times, &all, set);
}

void set_times_unset(struct set_times *times, const struct set_place *place,
		     const struct set_time *unset)
{
	struct set_place all = all_of(place);
	unsigned char key[KEY_SIZE];
	struct slot *slot;

	make_key(times, place, key);
	slot = find(times->slots, times->size, key);
	if (slot->taken && slot->second) {
		slot->second = slot->nanosecond = 0;
		times->removed++;
	}
	if (unset->when.tv_sec > 0)
		keep(times, &all, unset);
}

bool set_times_find(const struct set_times *times, const struct set_place *place,
		    struct set_time *found)
{
	unsigned char key[KEY_SIZE];
	const struct slot *slot;

	make_key(times, place, key);
	slot = find(times->slots, times->size, key);
	if (slot->taken && slot->second)
		*found = time_of(slot);
	return slot->taken && slot->second;
}
