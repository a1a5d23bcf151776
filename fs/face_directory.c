/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "directory.h"
#include "face_parts.h"
#include "secret_file.h"
#include <errno.h>
#include <stdlib.h>

static void opendir_ended(void *context, const struct outcome *outcome, struct directory *directory)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK) {
		face_refuse_parked(parked, "list", outcome);
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

/* The entry at an offset: `.`, `..`, then the children. False at the end. */
static bool entry_at(const struct directory *directory, size_t offset,
		     struct directory_entry *entry)
{
	if (offset < 2) {
		*entry = (struct directory_entry){offset ? ".." : ".", directory->node};
		return true;
	}
	if (offset - 2 >= directory->count)
		return false;
	*entry = directory->entries[offset - 2];
	return true;
}

static int64_t entry_valid_for(struct filesystem *filesystem, const struct node *node)
{
	const struct listing *listing;

	if (node->kind != NODE_SECRET)
		return -1;
	/* It may have been removed since the directory was opened. */
	listing = filesystem_environment(filesystem, node)->listing;
	if (!listing_find(listing, name_text(filesystem->names, node->name)))
		return 0;
	return listing_fresh_for(listing);
}

static size_t add_plain(fuse_req_t request, char *buffer, size_t room,
			const struct directory_entry *entry, off_t next)
{
	struct stat status = {.st_ino = node_inode(&entry->node),
			      .st_mode = node_types[entry->node.kind].mode};

	return fuse_add_direntry(request, buffer, room, entry->name, &status, next);
}

/* The kernel counts a lookup for each but the first two. */
static size_t add_plus(fuse_req_t request, char *buffer, size_t room,
		       const struct directory_entry *entry, off_t next)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct fuse_entry_param param =
	    face_entry(filesystem, &entry->node, entry_valid_for(filesystem, &entry->node));
	size_t length = fuse_add_direntry_plus(request, buffer, room, entry->name, &param, next);

	if (length <= room && next > 2 && entry->node.kind == NODE_SECRET)
		name_hold_again(filesystem->names, entry->node.name);
	return length;
}

typedef size_t entry_adder(fuse_req_t request, char *buffer, size_t room,
			   const struct directory_entry *entry, off_t next);

static void read_directory(fuse_req_t request, size_t size, off_t offset,
			   const struct fuse_file_info *file, entry_adder *add)
{
	const struct directory *directory = (const struct directory *)(uintptr_t)file->fh;
	char *buffer = malloc(size);
	struct directory_entry entry;
	size_t used = 0;

	if (!buffer) {
		fuse_reply_err(request, ENOMEM);
		return;
	}
	for (; entry_at(directory, (size_t)offset, &entry); offset++) {
		size_t length = add(request, buffer + used, size - used, &entry, offset + 1);

		if (length > size - used)
			break;
		used += length;
	}
	fuse_reply_buf(request, buffer, used);
	free(buffer);
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
