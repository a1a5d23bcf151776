/* SPDX-License-Identifier: MIT */
#include "guests.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct guest {
	struct guest *next;
	uid_t user;
	struct guest_use use;
};

struct guests {
	uid_t owner;
	struct guest_use all;
	struct guest *first;
};

struct guests *guests_new(uid_t owner)
{
	struct guests *guests = calloc(1, sizeof(*guests));

	if (guests)
		guests->owner = owner;
	return guests;
}

void guests_free(struct guests *guests)
{
	struct guest *next;

	if (!guests)
		return;
	for (struct guest *guest = guests->first; guest; guest = next) {
		next = guest->next;
		free(guest);
	}
	free(guests);
}

static bool is_guest(const struct guests *guests, uid_t user)
{
	return user != guests->owner && user != geteuid();
}

static struct guest **find(struct guests *guests, uid_t user)
{
	struct guest **place = &guests->first;

	while (*place && (*place)->user != user)
		place = &(*place)->next;
	return place;
}

static struct guest_use sum(struct guest_use use, struct guest_use more)
{
	return (struct guest_use){.handles = use.handles + more.handles,
				  .writers = use.writers + more.writers,
				  .temporaries = use.temporaries + more.temporaries,
				  .bytes = use.bytes + more.bytes};
}

static struct guest_use rest(struct guest_use use, struct guest_use less)
{
	return (struct guest_use){.handles = use.handles - less.handles,
				  .writers = use.writers - less.writers,
				  .temporaries = use.temporaries - less.temporaries,
				  .bytes = use.bytes - less.bytes};
}

static bool is_within(struct guest_use use, struct guest_use share)
{
	return use.handles <= share.handles && use.writers <= share.writers &&
	       use.temporaries <= share.temporaries && use.bytes <= share.bytes;
}

bool guests_enter(struct guests *guests, uid_t user, struct guest_use use)
{
	const struct guest_use share = GUEST_SHARE, shares = GUESTS_SHARE;
	struct guest **place, *guest;
	struct guest_use all = sum(guests->all, use), his = use;

	if (!is_guest(guests, user))
		return true;
	place = find(guests, user);
	if (*place)
		his = sum((*place)->use, use);
	if (!is_within(his, share) || !is_within(all, shares))
		return false;
	guest = *place ? *place : calloc(1, sizeof(*guest));
	if (!guest)
		return false;
	guest->user = user;
	guest->use = his;
	*place = guest;
	guests->all = all;
	return true;
}

void guests_leave(struct guests *guests, uid_t user, struct guest_use use)
{
	const struct guest_use none = {.handles = 0};
	struct guest **place, *guest;

	if (!is_guest(guests, user))
		return;
	place = find(guests, user);
	guest = *place;
	if (!guest)
		return;
	guests->all = rest(guests->all, use);
	guest->use = rest(guest->use, use);
	if (!is_within(guest->use, none))
		return;
	*place = guest->next;
	free(guest);
}
