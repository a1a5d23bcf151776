/* SPDX-License-Identifier: MIT */
#include "path_walk.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX 40

struct walk {
	char rest[PATH_MAX]; /* what is left of the path */
	char *place;
	path_visit *visit;
	void *context;
	int links;
};

static bool too_long(void)
{
	errno = ENAMETOOLONG;
	return false;
}

static bool is_last(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

/* Puts what the link holds before the rest. */
static bool follow(struct walk *walk)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlink(walk->place, target, sizeof(target));

	if (length < 0)
		return false;
	if (length == sizeof(target) || snprintf(rest, sizeof(rest), "%.*s%s", (int)length, target,
						 walk->rest) >= (int)sizeof(rest))
		return too_long();
	if (++walk->links > LINKS_MAX) {
		errno = ELOOP;
		return false;
	}
	strcpy(walk->rest, rest);
	*(target[0] == '/' ? walk->place : strrchr(walk->place, '/')) = '\0';
	return true;
}

static bool step(struct walk *walk, const char *component, bool *end)
{
	size_t used = strlen(walk->place);
	char *slash = strrchr(walk->place, '/');

	if (!strcmp(component, "."))
		return true;
	if (!strcmp(component, "..")) {
		if (slash)
			*slash = '\0';
		if (!walk->place[0])
			return true;
	} else if (snprintf(walk->place + used, PATH_MAX - used, "/%s", component) >=
		   (int)(PATH_MAX - used)) {
		return too_long();
	}
	switch (walk->visit(walk->context, walk->place, is_last(walk))) {
	case PATH_FOLLOW:
		return follow(walk);
	case PATH_REFUSE:
		return false;
	case PATH_END:
		*end = true;
		break;
	case PATH_ENTER:
		break;
	}
	return true;
}

/* Splits the next component off. */
static bool next_component(struct walk *walk, char component[static NAME_MAX + 1])
{
	size_t skip = strspn(walk->rest, "/"), length = strcspn(walk->rest + skip, "/");

	if (length > NAME_MAX)
		return too_long();
	memcpy(component, walk->rest + skip, length);
	component[length] = '\0';
	memmove(walk->rest, walk->rest + skip + length, strlen(walk->rest + skip + length) + 1);
	return true;
}

static bool begin(struct walk *walk, const char *path)
{
	char here[PATH_MAX] = "";

	walk->place[0] = '\0';
	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return false;
	return snprintf(walk->rest, sizeof(walk->rest), "%s/%s", here, path) <
		   (int)sizeof(walk->rest) ||
	       too_long();
}

bool path_walk(const char *path, char place[static PATH_MAX], path_visit *visit, void *context)
{
	struct walk walk = {.place = place, .visit = visit, .context = context};
	char component[NAME_MAX + 1];
	bool good = begin(&walk, path), end = false;

	while (good && !end && !is_last(&walk))
		good = next_component(&walk, component) && step(&walk, component, &end);
	return good;
}
