/* SPDX-License-Identifier: MIT */
#include "permit.h"
#include "caller.h"
#include "names.h"
#include "scratch.h"
#include <errno.h>
#include <fcntl.h>
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

struct outcome permit_open(struct filesystem *filesystem, const struct node *node, int flags)
{
	if (flags_want_read(flags) && filesystem->options->unreadable)
		return outcome_advise(outcome_make(OUTCOME_UNREADABLE, "secrets are unreadable"),
				      "the mount has -o unreadable");
	if (!name_text(filesystem->names, node->name))
		return outcome_make(OUTCOME_SECRET_NOT_FOUND, "no such secret");
	if (flags_want_write(flags))
		return permit_write_open(filesystem, node, flags);
	return (struct outcome){.kind = OUTCOME_OK};
}

struct outcome permit_create(struct filesystem *filesystem, const struct node *directory,
			     const char *name, int flags)
{
	if (directory->kind >= NODE_FLAGS && directory->kind <= NODE_INSTALLS)
		return outcome_make(OUTCOME_READ_ONLY, "%s/ cannot be written in this version",
				    node_types[directory->kind].name);
	if (directory->kind != NODE_SECRETS)
		return outcome_advise(
		    outcome_make(OUTCOME_NOT_SUPPORTED, "files can be made in secrets/ alone"),
		    "the directories are what the configuration says");
	if (scratch_is_wanted(name, flags))
		return filesystem_may_write(filesystem, directory);
	if (!name_is_valid_secret(name))
		return outcome_make(OUTCOME_BAD_NAME,
				    "a secret's name is letters, digits and underscores, and "
				    "begins with no digit");
	return filesystem_may_write(filesystem, directory);
}

struct outcome permit_remove(struct filesystem *filesystem, const struct node *directory,
			     const char *name, pid_t pid)
{
	struct outcome outcome;

	if (directory->kind != NODE_SECRETS || !name_is_showable(name))
		return outcome_make(OUTCOME_NOT_SUPPORTED, "only secrets can be removed");
	outcome = filesystem_may_write(filesystem, directory);
	if (outcome.kind != OUTCOME_OK)
		return outcome;
	if (filesystem->options->removal == REMOVAL_OFF)
		return outcome_advise(outcome_make(OUTCOME_BRAKED, "nothing may be removed"),
				      "the mount has -o rm=off");
	if (filesystem->options->removal == REMOVAL_BRAKED &&
	    !brake_allows(&filesystem->brake, node_inode(directory), caller_session(pid),
			  loop_now()))
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

	if (directory->kind != NODE_SECRETS || node_inode(directory) != node_inode(new_directory) ||
	    !scratch_find(filesystem->scratch, directory, name) || scratch_is_wanted(new_name, 0))
		return outcome_advise(
		    outcome_make(OUTCOME_NOT_SUPPORTED,
				 "only a temporary file can be renamed, onto a secret beside it"),
		    "nobody can read a value, so it cannot be moved: write it anew");
	node.kind = NODE_SECRET;
	node.name = name_hold(filesystem->names, new_name);
	if (!node.name)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for a name");
	outcome = permit_open(filesystem, &node, O_WRONLY);
	name_release(filesystem->names, node.name, 1);
	return outcome;
}

int permit_access(struct filesystem *filesystem, const struct node *node, int mask)
{
	bool is_secret = node->kind == NODE_SECRET;

	if (mask & X_OK && !node_is_directory(node->kind))
		return EACCES;
	if (mask & R_OK && is_secret && filesystem->options->unreadable)
		return EACCES;
	if (mask & W_OK && !is_secret && !node_is_directory(node->kind))
		return EACCES;
	if (mask & W_OK && (is_secret || node->kind == NODE_SECRETS) &&
	    filesystem_may_write(filesystem, node).kind == OUTCOME_READ_ONLY)
		return EROFS;
	return 0;
}
