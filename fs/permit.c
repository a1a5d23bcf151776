/* SPDX-License-Identifier: MIT */
#include "permit.h"
#include "caller.h"
#include "flag_listing.h"
#include "names.h"
#include "promotion.h"
#include "scratch.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool flags_want_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

bool flags_want_read(int flags)
{
	return (flags & O_ACCMODE) != O_WRONLY;
}

static struct outcome permit_write_open(struct filesystem *filesystem, const struct node *node,
					int flags)
{
	const char *name = name_text(filesystem->names, node->name);
	const struct secret_name *item =
	    listing_find(filesystem_environment(filesystem, node)->listing, name);

	if (item && item->key)
		return outcome_advise(
		    outcome_make(OUTCOME_NAME_TAKEN, "%s is a secret_key binding", name),
		    "remove it first, if it is to be a text");
	if (flags & O_APPEND && item)
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE,
				 "nothing can be appended to a value that nobody can read"),
		    "write the whole value with > instead of >>");
	if (!item && !name_is_valid_secret(name))
		return outcome_make(OUTCOME_BAD_NAME,
				    "a new secret's name is letters, digits and underscores, and "
				    "begins with no digit");
	return filesystem_may_write(filesystem, node);
}

/* OUTCOME_OK, or why no flag can be written in this environment. */
static struct outcome may_write_flags(struct filesystem *filesystem, const struct node *node)
{
	if (filesystem->options->read_only)
		return outcome_make(OUTCOME_READ_ONLY, "the mount is read-only (-o ro)");
	return flag_listing_ready(filesystem_environment(filesystem, node)->flags);
}

static struct outcome permit_flag_open(struct filesystem *filesystem, const struct node *node,
				       int flags)
{
	const char *key = filesystem_interned(filesystem, node);
	struct flag_listing *listing = filesystem_environment(filesystem, node)->flags;
	const struct flag *known = key ? flag_listing_find(listing, key, true) : NULL;

	if (flags & O_APPEND && known && flag_is_shown(known))
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE, "nothing can be appended to a flag"),
		    "write the whole of it with > instead of >>");
	if (!known && key && !flag_key_is_valid(key))
		return outcome_make(OUTCOME_BAD_NAME,
				    "a new flag's key is a letter, then letters, digits, dots, "
				    "underscores and dashes, at most 200");
	return may_write_flags(filesystem, node);
}

struct outcome permit_open(struct filesystem *filesystem, const struct node *node, int flags)
{
	if (node->kind == NODE_SECRET && flags_want_read(flags) && filesystem->options->unreadable)
		return outcome_advise(outcome_make(OUTCOME_UNREADABLE, "secrets are unreadable"),
				      "the mount has -o unreadable");
	if (node_is_named(node->kind) && !filesystem_interned(filesystem, node))
		return outcome_make(OUTCOME_NOT_FOUND, "no such file");
	if (!flags_want_write(flags))
		return (struct outcome){.kind = OUTCOME_OK};
	switch (node->kind) {
	case NODE_SECRET:
		return permit_write_open(filesystem, node, flags);
	case NODE_FLAG:
		return permit_flag_open(filesystem, node, flags);
	case NODE_ACTIVE:
		return promotion_ready(filesystem, node);
	default:
		return outcome_make(OUTCOME_UNREADABLE, "the file can only be read");
	}
}

static struct outcome permit_create_flag(struct filesystem *filesystem,
					 const struct node *directory, const char *name, int flags)
{
	if (!scratch_is_wanted(name, flags) && !flag_key_is_valid(name))
		return outcome_make(OUTCOME_BAD_NAME,
				    "a flag's key is a letter, then letters, digits, dots, "
				    "underscores and dashes, at most 200");
	return may_write_flags(filesystem, directory);
}

struct outcome permit_create(struct filesystem *filesystem, const struct node *directory,
			     const char *name, int flags)
{
	if (directory->kind == NODE_FLAGS)
		return permit_create_flag(filesystem, directory, name, flags);
	if (directory->kind == NODE_ROUTES && !strcmp(name, node_types[NODE_ACTIVE].name))
		return outcome_advise(
		    outcome_make(OUTCOME_READ_ONLY,
				 "nothing is live in %s yet: there is no active deploy to replace",
				 environment_names[directory->environment]),
		    "promote the first one with hs-x; from then on this file is there");
	if (directory->kind >= NODE_ROUTES && directory->kind <= NODE_APP)
		return outcome_make(
		    OUTCOME_READ_ONLY, "nothing can be made in %s/",
		    node_types[directory->kind == NODE_APP ? NODE_INSTALLS : directory->kind].name);
	if (directory->kind != NODE_SECRETS)
		return outcome_advise(
		    outcome_make(OUTCOME_NOT_SUPPORTED,
				 "files can be made in secrets/ and flags/ alone"),
		    "the directories are what the configuration and the control plane say");
	if (scratch_is_wanted(name, flags))
		return filesystem_may_write(filesystem, directory);
	if (!name_is_valid_secret(name))
		return outcome_make(OUTCOME_BAD_NAME,
				    "a secret's name is letters, digits and underscores, and "
				    "begins with no digit");
	return filesystem_may_write(filesystem, directory);
}

static struct outcome may_remove_from(struct filesystem *filesystem, const struct node *directory,
				      const char *name)
{
	if (name_is_showable(name) && directory->kind == NODE_SECRETS)
		return filesystem_may_write(filesystem, directory);
	if (name_is_showable(name) && directory->kind == NODE_FLAGS)
		return may_write_flags(filesystem, directory);
	return outcome_make(OUTCOME_NOT_SUPPORTED, "only secrets and flags can be removed");
}

/* A move would remove the value and keep the placeholder. What a flag shows is all of it. */
static bool is_being_moved(struct filesystem *filesystem, const struct node *directory,
			   const char *name, pid_t pid)
{
	struct node node = *directory;
	bool moved;

	if (directory->kind != NODE_SECRETS)
		return false;
	node.kind = NODE_SECRET;
	node.name = name_hold(filesystem->names, name);
	if (!node.name)
		return false;
	moved = readers_have(&filesystem->readers, node_inode(&node), pid, loop_now());
	name_release(filesystem->names, node.name, 1);
	return moved;
}

struct outcome permit_remove(struct filesystem *filesystem, const struct node *directory,
			     const char *name, pid_t pid)
{
	struct outcome outcome = may_remove_from(filesystem, directory, name);

	if (outcome.kind != OUTCOME_OK)
		return outcome;
	if (filesystem->options->removal == REMOVAL_OFF)
		return outcome_advise(outcome_make(OUTCOME_BRAKED, "nothing may be removed"),
				      "the mount has -o rm=off");
	if (is_being_moved(filesystem, directory, name, pid))
		return outcome_advise(outcome_make(OUTCOME_BRAKED,
						   "%.200s was read by the same process just now",
						   name),
				      "its value cannot be moved: rm removes it");
	if (filesystem->options->removal == REMOVAL_BRAKED &&
	    !brake_allows(&filesystem->brake, caller_session(pid), loop_now()))
		return outcome_advise(outcome_make(OUTCOME_BRAKED, "over %d removals within %d s",
						   BRAKE_FREE, BRAKE_WINDOW / 1000),
				      "wait %d s after the last try, or mount with -o rm=free",
				      BRAKE_WINDOW / 1000);
	return outcome;
}

struct outcome permit_rename(struct filesystem *filesystem, const struct node *directory,
			     const char *name, const struct node *new_directory,
			     const char *new_name)
{
	struct node node = *new_directory;
	struct outcome outcome;

	if (!scratch_find(filesystem->scratch, directory, name) ||
	    node_inode(directory) != node_inode(new_directory) || scratch_is_wanted(new_name, 0))
		return outcome_advise(
		    outcome_make(OUTCOME_NOT_SUPPORTED,
				 "only a temporary file can be renamed, onto a secret or a flag "
				 "beside it"),
		    "write the other one anew, and remove this one");
	node.kind = directory->kind == NODE_SECRETS ? NODE_SECRET : NODE_FLAG;
	node.name = name_hold(filesystem->names, new_name);
	if (!node.name)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for a name");
	outcome = permit_open(filesystem, &node, O_WRONLY);
	name_release(filesystem->names, node.name, 1);
	return outcome;
}

static struct outcome may_write(struct filesystem *filesystem, const struct node *node)
{
	switch (node->kind) {
	case NODE_SECRET:
	case NODE_SECRETS:
		return filesystem_may_write(filesystem, node);
	case NODE_FLAG:
		return may_write_flags(filesystem, node);
	default:
		return (struct outcome){.kind = OUTCOME_OK};
	}
}

int permit_access(struct filesystem *filesystem, const struct node *node, int mask)
{
	if (mask & X_OK && !node_is_directory(node->kind))
		return EACCES;
	if (mask & R_OK && node->kind == NODE_SECRET && filesystem->options->unreadable)
		return EACCES;
	if (mask & W_OK && !node_is_writable(node->kind) && !node_is_directory(node->kind))
		return EACCES;
	if (mask & W_OK && may_write(filesystem, node).kind == OUTCOME_READ_ONLY)
		return EROFS;
	return 0;
}
