/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "branch.h"
#include "directory.h"
#include "errno_table.h"
#include "face_parts.h"
#include "value_file.h"
#include <errno.h>
#include <stdlib.h>

/*
 * The directory itself is there. The C library takes an ENOENT of getdents(2) for the end, and rsync
 * one of opendir(3) for a directory that has just been removed: it would delete its backup.
 */
static struct outcome of_listing(const struct outcome *outcome)
{
	struct outcome listing = *outcome;

	if (errno_of(listing.kind) == ENOENT)
		listing.kind = OUTCOME_NOT_LISTED;
	return listing;
}

static void opendir_ended(void *context, const struct outcome *outcome, struct directory *directory)
{
	struct parked *parked = context;
	struct outcome failure = of_listing(outcome);

	if (directory && !directory_enter(directory, parked->user)) {
		directory_close(directory);
		failure = outcome_make(OUTCOME_NO_MEMORY, "user %u has as much open as he may",
				       (unsigned)parked->user);
	}
	if (failure.kind != OUTCOME_OK) {
		face_refuse_parked(parked, "list", &failure);
		return;
	}
	if (!face_reply_open(parked, directory, false))
		directory_close(directory);
	parking_remove(parked);
}

void face_opendir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	face_trace(request, "opendir", &node, NULL);
	parked = face_park_open(request, &node, file);
	if (parked)
		directory_open(face_filesystem(request), &node, opendir_ended, parked);
}

/* The entry at an offset, which becomes that of the entry: `.`, `..`, then the children. */
static enum directory_step entry_at(const struct directory *directory, off_t *offset,
				    struct directory_entry *entry)
{
	enum directory_step step;
	size_t index;

	if (*offset < 2) {
		*entry = (struct directory_entry){*offset ? ".." : ".", directory->node};
		return DIRECTORY_ENTRY;
	}
	index = (size_t)*offset - 2;
	step = directory_at(directory, &index, entry);
	*offset = (off_t)index + 2;
	return step;
}

/* It may have gone since the directory was opened. One that is open may get another time, which the
 * kernel does not see where the close brings it. */
static int64_t entry_valid_for(const struct directory *directory, const struct node *node)
{
	struct filesystem *filesystem = directory->filesystem;
	struct environment_state *environment;
	const char *name;

	if (node->kind != NODE_SECRET)
		return branch_has(filesystem, node)
			   ? branch_fresh_for(filesystem, &directory->node, node)
			   : 0;
	environment = filesystem_environment(filesystem, node);
	name = filesystem_interned(filesystem, node);
	if (!listing_find(environment->listing, name) ||
	    value_file_is_open(environment, NODE_SECRET, name))
		return 0;
	return listing_fresh_for(environment->listing);
}

static size_t add_plain(fuse_req_t request, const struct directory *directory, char *buffer,
			size_t room, const struct directory_entry *entry, off_t next)
{
	struct stat status = {.st_ino = node_inode(&entry->node),
			      .st_mode = node_types[entry->node.kind].mode};

	(void)directory;
	return fuse_add_direntry(request, buffer, room, entry->name, &status, next);
}

/* The kernel counts a lookup for each but the first two. */
static size_t add_plus(fuse_req_t request, const struct directory *directory, char *buffer,
		       size_t room, const struct directory_entry *entry, off_t next)
{
	struct filesystem *filesystem = directory->filesystem;
	int64_t valid_for = next > 2 ? entry_valid_for(directory, &entry->node) : 0;
	struct fuse_entry_param param = face_entry(filesystem, &entry->node, valid_for);
	size_t length = fuse_add_direntry_plus(request, buffer, room, entry->name, &param, next);

	if (length <= room && next > 2 && node_is_named(entry->node.kind))
		name_hold_again(filesystem->names, entry->node.name);
	return length;
}

typedef size_t entry_adder(fuse_req_t request, const struct directory *directory, char *buffer,
			   size_t room, const struct directory_entry *entry, off_t next);

/* One readdir. */
struct reading {
	struct parked *parked;
	struct directory *directory;
	entry_adder *add;
	size_t size;
	off_t offset;
};

static void refuse_listing(fuse_req_t request, const struct directory *directory,
			   const struct outcome *outcome)
{
	struct outcome failure = of_listing(outcome);

	if (failure.kind == OUTCOME_CANCELLED)
		fuse_reply_err(request, EIO);
	else
		face_refuse(request, "list", &directory->node, NULL, &failure);
}

/* Replies with what fits. False, with no reply, if nothing is there yet. */
static bool reply_entries(fuse_req_t request, struct reading *reading)
{
	char *buffer = malloc(reading->size);
	enum directory_step step = DIRECTORY_ENTRY;
	struct directory_entry entry;
	size_t used = 0;

	while (buffer &&
	       (step = entry_at(reading->directory, &reading->offset, &entry)) == DIRECTORY_ENTRY) {
		size_t length = reading->add(request, reading->directory, buffer + used,
					     reading->size - used, &entry, reading->offset + 1);

		if (length > reading->size - used)
			break;
		used += length;
		reading->offset++;
	}
	if (!buffer)
		fuse_reply_err(request, ENOMEM);
	else if (used || step == DIRECTORY_END || step == DIRECTORY_ENTRY)
		fuse_reply_buf(request, buffer, used);
	else if (step == DIRECTORY_FAILED)
		refuse_listing(request, reading->directory, directory_failure(reading->directory));
	free(buffer);
	return used || step != DIRECTORY_WAIT;
}

static void wait_for_more(struct reading *reading);

/* Whoever was interrupted may have closed the directory: then it is not looked at. */
static void more_came(void *context, const struct outcome *outcome)
{
	struct reading *reading = context;
	struct parked *parked = reading->parked;

	if (parked->request && !reply_entries(parked->request, reading)) {
		if (outcome->kind == OUTCOME_OK) {
			wait_for_more(reading);
			return;
		}
		/* Nobody could wait: to try again would be as vain. */
		refuse_listing(parked->request, reading->directory, outcome);
	}
	parking_remove(parked);
	free(reading);
}

static void wait_for_more(struct reading *reading)
{
	directory_wait(reading->directory, (size_t)reading->offset - 2, more_came, reading);
}

static void read_directory(fuse_req_t request, size_t size, off_t offset,
			   const struct fuse_file_info *file, entry_adder *add)
{
	struct directory *directory = (struct directory *)(uintptr_t)file->fh;
	struct reading now = {NULL, directory, add, size, offset}, *reading;

	if (reply_entries(request, &now))
		return;
	reading = malloc(sizeof(*reading));
	now.parked = reading ? face_park(request, &directory->node, NULL) : NULL;
	if (now.parked) {
		*reading = now;
		wait_for_more(reading);
		return;
	}
	if (!reading)
		fuse_reply_err(request, ENOMEM);
	free(reading);
}

void face_readdir(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
		  struct fuse_file_info *file)
{
	(void)inode;
	read_directory(request, size, offset, file, add_plain);
}

void face_readdirplus(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
		      struct fuse_file_info *file)
{
	(void)inode;
	read_directory(request, size, offset, file, add_plus);
}

void face_releasedir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	(void)inode;
	directory_close((struct directory *)(uintptr_t)file->fh);
	fuse_reply_err(request, 0);
}

void face_fsyncdir(fuse_req_t request, fuse_ino_t inode, int data, struct fuse_file_info *file)
{
	(void)inode;
	(void)data;
	(void)file;
	fuse_reply_err(request, 0);
}
