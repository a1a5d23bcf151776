/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "face.h"
#include "attributes.h"
#include "caller.h"
#include "directory.h"
#include "errno_table.h"
#include "lookup.h"
#include "names.h"
#include "secret_file.h"
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct face {
	struct filesystem *filesystem;
	struct parked *parked;
};

/* A request that waits for its reply. */
struct parked {
	struct parked *next, **previous;
	struct face *face;
	fuse_req_t request;
	struct node node;
	char *name; /* the child of node that is meant, or NULL */
	struct fuse_file_info file;
	size_t size;
};

/* A control file as it was when it was opened. */
struct text {
	char *bytes;
	size_t length;
};

/* Seconds for which the kernel may believe what cannot change during a mount. */
#define FOREVER 86400.0

#define MAX_WRITE 65536

static struct face *face_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

static struct filesystem *filesystem_of(fuse_req_t request)
{
	return face_of(request)->filesystem;
}

static void trace(fuse_req_t request, const char *operation, const struct node *node,
		  const char *name)
{
	char path[PATH_SIZE];

	if (!filesystem_of(request)->options->debug)
		return;
	filesystem_path(filesystem_of(request), node, name, path);
	fprintf(stderr, "hsxfs: %s %s (pid %d)\n", operation, path,
		(int)fuse_req_ctx(request)->pid);
}

static void refuse(fuse_req_t request, const char *operation, const struct node *node,
		   const char *name, const struct outcome *outcome)
{
	fuse_reply_err(request,
		       filesystem_refuse(filesystem_of(request), operation, node, name, outcome));
}

/* What the tree has no operation for, whoever asks. */
static void refuse_operation(fuse_req_t request, const char *operation, const struct node *node,
			     const char *name, const char *advice)
{
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_NOT_SUPPORTED, "%s is not possible here", operation), "%s",
	    advice);

	refuse(request, operation, node, name, &outcome);
}

/* ---- parking ---- */

static void unpark(struct parked *parked)
{
	*parked->previous = parked->next;
	if (parked->next)
		parked->next->previous = parked->previous;
	free(parked->name);
	free(parked);
}

/* NULL where memory is short: then the request has been answered. */
static struct parked *park(fuse_req_t request, const struct node *node, const char *name)
{
	struct face *face = face_of(request);
	struct parked *parked = calloc(1, sizeof(*parked));

	if (parked && name)
		parked->name = strdup(name);
	if (!parked || (name && !parked->name)) {
		free(parked);
		fuse_reply_err(request, ENOMEM);
		return NULL;
	}
	parked->face = face;
	parked->request = request;
	parked->node = *node;
	parked->previous = &face->parked;
	parked->next = face->parked;
	if (parked->next)
		parked->next->previous = &parked->next;
	face->parked = parked;
	return parked;
}

static void refuse_parked(struct parked *parked, const char *operation,
			  const struct outcome *outcome)
{
	refuse(parked->request, operation, &parked->node, parked->name, outcome);
	unpark(parked);
}

/* ---- lookup and attributes ---- */

static double seconds(int64_t milliseconds)
{
	return milliseconds < 0 ? FOREVER : (double)milliseconds / 1000;
}

static bool is_control(enum node_kind kind)
{
	return kind == NODE_STATUS || kind == NODE_ERRORS;
}

static struct fuse_entry_param entry_of(struct filesystem *filesystem, const struct node *node,
					int64_t valid_for)
{
	struct fuse_entry_param entry = {.entry_timeout = seconds(valid_for)};

	if (node->kind == NODE_NONE)
		return entry;
	entry.ino = node_inode(node);
	entry.attr_timeout = is_control(node->kind) ? 0 : entry.entry_timeout;
	attributes_stat(filesystem, node, &entry.attr);
	return entry;
}

static void lookup_ended(void *context, const struct outcome *outcome, const struct lookup *lookup)
{
	struct parked *parked = context;
	struct fuse_entry_param entry;

	if (outcome->kind != OUTCOME_OK) {
		refuse_parked(parked, "lookup", outcome);
		return;
	}
	entry = entry_of(parked->face->filesystem, &lookup->node, lookup->valid_for);
	if (fuse_reply_entry(parked->request, &entry) != 0 && lookup->node.kind == NODE_SECRET)
		name_release(parked->face->filesystem->names, lookup->node.name, 1);
	unpark(parked);
}

static void face_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct node directory = node_of_inode(parent);
	struct parked *parked;

	trace(request, "lookup", &directory, name);
	parked = park(request, &directory, name);
	if (parked)
		lookup_child(filesystem_of(request), &directory, name, lookup_ended, parked);
}

static void forget(struct filesystem *filesystem, fuse_ino_t inode, uint64_t count)
{
	struct node node = node_of_inode(inode);

	if (node.kind == NODE_SECRET)
		name_release(filesystem->names, node.name, count);
}

static void face_forget(fuse_req_t request, fuse_ino_t inode, uint64_t count)
{
	forget(filesystem_of(request), inode, count);
	fuse_reply_none(request);
}

static void face_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(filesystem_of(request), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(request);
}

static void attributes_ended(void *context, const struct outcome *outcome,
			     const struct lookup *lookup)
{
	struct parked *parked = context;
	struct stat status;

	if (outcome->kind != OUTCOME_OK) {
		refuse_parked(parked, "stat", outcome);
		return;
	}
	if (lookup->node.kind == NODE_NONE) {
		fuse_reply_err(parked->request, ENOENT);
	} else {
		attributes_stat(parked->face->filesystem, &lookup->node, &status);
		fuse_reply_attr(parked->request, &status,
				is_control(lookup->node.kind) ? 0 : seconds(lookup->valid_for));
	}
	unpark(parked);
}

static void face_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	(void)file;
	trace(request, "stat", &node, NULL);
	parked = park(request, &node, NULL);
	if (parked)
		lookup_again(filesystem_of(request), &node, attributes_ended, parked);
}

/* Modes, times and one's own ownership are accepted and change nothing, so that cp -p and rsync
 * work. */
static void face_setattr(fuse_req_t request, fuse_ino_t inode, struct stat *wanted, int which,
			 struct fuse_file_info *file)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct node node = node_of_inode(inode);
	struct stat status;

	trace(request, "setattr", &node, NULL);
	lookup_follows(filesystem, &node);
	if ((which & FUSE_SET_ATTR_UID && wanted->st_uid != filesystem->uid) ||
	    (which & FUSE_SET_ATTR_GID && wanted->st_gid != filesystem->gid)) {
		refuse_operation(request, "chown", &node, NULL, "");
		return;
	}
	if (which & FUSE_SET_ATTR_SIZE && (wanted->st_size > 0 || node.kind != NODE_SECRET)) {
		struct outcome outcome =
		    outcome_make(OUTCOME_BAD_VALUE, "a secret has no length to be set");

		refuse(request, "truncate", &node, NULL, &outcome);
		return;
	}
	if (which & FUSE_SET_ATTR_SIZE && file && file->fh)
		secret_file_truncate((struct secret_file *)(uintptr_t)file->fh);
	attributes_stat(filesystem, &node, &status);
	fuse_reply_attr(request, &status, 0);
}

static void access_ended(void *context, const struct outcome *outcome, const struct lookup *lookup)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK) {
		refuse_parked(parked, "access", outcome);
		return;
	}
	fuse_reply_err(parked->request, lookup->node.kind == NODE_NONE ? ENOENT : 0);
	unpark(parked);
}

static void face_access(fuse_req_t request, fuse_ino_t inode, int mask)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct node node = node_of_inode(inode);
	bool secret = node.kind == NODE_SECRET;
	struct parked *parked;

	if (mask & X_OK && !node_is_directory(node.kind))
		fuse_reply_err(request, EACCES);
	else if (mask & R_OK && secret && filesystem->options->unreadable)
		fuse_reply_err(request, EACCES);
	else if (mask & W_OK && is_control(node.kind))
		fuse_reply_err(request, EACCES);
	else if (mask & W_OK && secret &&
		 filesystem_may_write(filesystem, &node).kind == OUTCOME_READ_ONLY)
		fuse_reply_err(request, EROFS);
	else if (!secret)
		fuse_reply_err(request, 0);
	else if ((parked = park(request, &node, NULL)))
		lookup_again(filesystem, &node, access_ended, parked);
}

/* ---- extended attributes ---- */

static void reply_sized(fuse_req_t request, const char *bytes, size_t length, size_t room)
{
	if (room == 0)
		fuse_reply_xattr(request, length);
	else if (length > room)
		fuse_reply_err(request, ERANGE);
	else
		fuse_reply_buf(request, bytes, length);
}

static void face_getxattr(fuse_req_t request, fuse_ino_t inode, const char *name, size_t size)
{
	struct node node = node_of_inode(inode);
	char text[ATTRIBUTE_SIZE];
	int length;

	lookup_follows(filesystem_of(request), &node);
	length = attributes_get(filesystem_of(request), &node, name, text);
	if (length < 0)
		fuse_reply_err(request, ENODATA);
	else
		reply_sized(request, text, (size_t)length, size);
}

static void face_listxattr(fuse_req_t request, fuse_ino_t inode, size_t size)
{
	struct node node = node_of_inode(inode);
	char names[ATTRIBUTE_SIZE];
	size_t length;

	lookup_follows(filesystem_of(request), &node);
	length = attributes_list(filesystem_of(request), &node, names);
	reply_sized(request, names, length, size);
}

static void face_setxattr(fuse_req_t request, fuse_ino_t inode, const char *name, const char *value,
			  size_t size, int flags)
{
	(void)inode;
	(void)name;
	(void)value;
	(void)size;
	(void)flags;
	fuse_reply_err(request, ENOTSUP);
}

static void face_removexattr(fuse_req_t request, fuse_ino_t inode, const char *name)
{
	(void)inode;
	(void)name;
	fuse_reply_err(request, ENOTSUP);
}

/* ---- directories ---- */

static void opendir_ended(void *context, const struct outcome *outcome, struct directory *directory)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK) {
		refuse_parked(parked, "list", outcome);
		return;
	}
	parked->file.fh = (uint64_t)(uintptr_t)directory;
	if (fuse_reply_open(parked->request, &parked->file) != 0)
		directory_close(directory);
	unpark(parked);
}

static void face_opendir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	trace(request, "opendir", &node, NULL);
	parked = park(request, &node, NULL);
	if (!parked)
		return;
	parked->file = *file;
	directory_open(filesystem_of(request), &node, opendir_ended, parked);
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
	if (node->kind != NODE_SECRET)
		return -1;
	return listing_fresh_for(filesystem_environment(filesystem, node)->listing);
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
	struct filesystem *filesystem = filesystem_of(request);
	struct fuse_entry_param param =
	    entry_of(filesystem, &entry->node, entry_valid_for(filesystem, &entry->node));
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

static void face_readdir(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
			 struct fuse_file_info *file)
{
	(void)inode;
	read_directory(request, size, offset, file, add_plain);
}

static void face_readdirplus(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
			     struct fuse_file_info *file)
{
	(void)inode;
	read_directory(request, size, offset, file, add_plus);
}

static void face_releasedir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	(void)inode;
	directory_close((struct directory *)(uintptr_t)file->fh);
	fuse_reply_err(request, 0);
}

/* ---- opening ---- */

static bool wants_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

static bool wants_read(int flags)
{
	return (flags & O_ACCMODE) != O_WRONLY;
}

static void open_control(fuse_req_t request, const struct node *node, struct fuse_file_info *file)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct text *text = calloc(1, sizeof(*text));

	if (wants_write(file->flags)) {
		free(text);
		fuse_reply_err(request, EACCES);
		return;
	}
	if (text)
		text->bytes = node->kind == NODE_STATUS
				  ? filesystem_status(filesystem, &text->length)
				  : error_log_text(filesystem->errors, &text->length);
	if (!text || !text->bytes) {
		free(text);
		fuse_reply_err(request, ENOMEM);
		return;
	}
	file->fh = (uint64_t)(uintptr_t)text;
	file->direct_io = 1;
	if (fuse_reply_open(request, file) != 0) {
		free(text->bytes);
		free(text);
	}
}

/* Why a secret cannot be opened like this, as far as that is known without asking. */
static struct outcome may_open(struct filesystem *filesystem, const struct node *node, int flags)
{
	struct environment_state *environment = filesystem_environment(filesystem, node);
	const char *name = name_text(filesystem->names, node->name);
	const struct secret_name *item;

	if (!wants_write(flags) || !name)
		return (struct outcome){.kind = OUTCOME_OK};
	item = listing_find(environment->listing, name);
	if (item && item->key)
		return outcome_make(OUTCOME_NAME_TAKEN, "%s is a secret_key binding", name);
	if (flags & O_APPEND && item)
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE,
				 "nothing can be appended to a value that nobody can read"),
		    "write the whole value with > instead of >>");
	if (!item && !name_is_valid_secret(name))
		return outcome_make(OUTCOME_BAD_NAME,
				    "a new secret's name is letters, digits and underscores");
	return filesystem_may_write(filesystem, node);
}

/* Opens a secret that exists or is being created, and fills in file. */
static struct outcome open_secret(fuse_req_t request, const struct node *node, bool create,
				  struct fuse_file_info *file)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct outcome outcome = may_open(filesystem, node, file->flags);
	bool write = wants_write(file->flags), there;
	struct secret_file *secret;

	if (outcome.kind != OUTCOME_OK)
		return outcome;
	there = lookup_presence(filesystem, node) == PRESENCE_THERE;
	secret = secret_file_open(filesystem, node, write,
				  write && (create || !there || file->flags & O_TRUNC));
	if (!secret)
		return outcome_make(OUTCOME_NO_MEMORY, "no locked memory for a value");
	file->fh = (uint64_t)(uintptr_t)secret;
	file->direct_io = 1;
	return outcome;
}

static void open_known(struct parked *parked)
{
	struct outcome outcome = open_secret(parked->request, &parked->node, false, &parked->file);

	if (outcome.kind != OUTCOME_OK) {
		refuse_parked(parked, "open", &outcome);
		return;
	}
	if (fuse_reply_open(parked->request, &parked->file) != 0)
		secret_file_close((struct secret_file *)(uintptr_t)parked->file.fh);
	unpark(parked);
}

/*
 * ESTALE makes the kernel look the name up again, now that it is known not to exist, and create it:
 * only a created file begins at length 0, as O_APPEND needs it.
 */
static void open_asked(void *context, const struct outcome *outcome, const struct lookup *lookup)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK) {
		refuse_parked(parked, "open", outcome);
	} else if (lookup->node.kind == NODE_NONE) {
		fuse_reply_err(parked->request, wants_read(parked->file.flags) ? ENOENT : ESTALE);
		unpark(parked);
	} else {
		open_known(parked);
	}
}

static void face_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct node node = node_of_inode(inode);
	bool needs_certainty = wants_read(file->flags) || file->flags & O_APPEND;
	struct parked *parked;

	trace(request, "open", &node, NULL);
	lookup_follows(filesystem, &node);
	if (is_control(node.kind)) {
		open_control(request, &node, file);
		return;
	}
	if (wants_read(file->flags) && filesystem->options->unreadable) {
		fuse_reply_err(request, EACCES);
		return;
	}
	parked = park(request, &node, NULL);
	if (!parked)
		return;
	parked->file = *file;
	if (needs_certainty && lookup_presence(filesystem, &node) == PRESENCE_UNKNOWN)
		lookup_again(filesystem, &node, open_asked, parked);
	else if (wants_read(file->flags) && lookup_presence(filesystem, &node) == PRESENCE_ABSENT)
		lookup_again(filesystem, &node, open_asked, parked);
	else
		open_known(parked);
}

/* Temporary files of sed -i, rsync and others are no secrets. */
static bool is_scratch(const char *name, int flags)
{
	return name[0] == '.' || ((flags & O_ACCMODE) == O_RDWR && flags & O_EXCL);
}

static struct outcome may_create(const struct node *directory, const char *name, int flags)
{
	if (directory->kind >= NODE_FLAGS && directory->kind <= NODE_INSTALLS)
		return outcome_make(OUTCOME_READ_ONLY, "%s/ cannot be written yet",
				    node_types[directory->kind].name);
	if (directory->kind != NODE_SECRETS)
		return outcome_advise(
		    outcome_make(OUTCOME_NOT_SUPPORTED, "files can be made in secrets/ alone"),
		    "the tree is what the configuration says");
	if (is_scratch(name, flags))
		return outcome_advise(
		    outcome_make(OUTCOME_NOT_SUPPORTED, "temporary files cannot be made here"),
		    "write to the secret itself (rsync --inplace, or >)");
	if (!name_is_valid_secret(name))
		return outcome_make(OUTCOME_BAD_NAME,
				    "a secret's name is letters, digits and underscores, and "
				    "begins with no digit");
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome create(fuse_req_t request, const struct node *directory, const char *name,
			     struct node *node, struct fuse_file_info *file)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct outcome outcome = may_create(directory, name, file->flags);

	if (outcome.kind == OUTCOME_OK)
		outcome = filesystem_may_write(filesystem, directory);
	if (outcome.kind != OUTCOME_OK)
		return outcome;
	*node = *directory;
	node->kind = NODE_SECRET;
	node->name = name_hold(filesystem->names, name);
	if (!node->name)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for a name");
	outcome = open_secret(request, node, true, file);
	if (outcome.kind != OUTCOME_OK)
		name_release(filesystem->names, node->name, 1);
	return outcome;
}

static void face_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
			struct fuse_file_info *file)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct node directory = node_of_inode(parent), node;
	struct fuse_entry_param entry;
	struct outcome outcome;

	(void)mode;
	trace(request, "create", &directory, name);
	outcome = create(request, &directory, name, &node, file);
	if (outcome.kind != OUTCOME_OK) {
		refuse(request, "create", &directory, name, &outcome);
		return;
	}
	entry = entry_of(filesystem, &node, 0);
	entry.attr.st_size = 0;
	if (fuse_reply_create(request, &entry, file) != 0) {
		secret_file_close((struct secret_file *)(uintptr_t)file->fh);
		name_release(filesystem->names, node.name, 1);
	}
}

/* ---- open files ---- */

static struct secret_file *secret_of(const struct fuse_file_info *file)
{
	return (struct secret_file *)(uintptr_t)file->fh;
}

static void reply_slice(fuse_req_t request, const char *bytes, size_t length, size_t size,
			off_t offset)
{
	if ((size_t)offset >= length)
		fuse_reply_buf(request, NULL, 0);
	else if (length - (size_t)offset < size)
		fuse_reply_buf(request, bytes + offset, length - (size_t)offset);
	else
		fuse_reply_buf(request, bytes + offset, size);
}

static void face_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
		      struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	const struct text *text = (const struct text *)(uintptr_t)file->fh;
	const char *name = name_text(filesystem_of(request)->names, node.name);
	char line[320];

	if (is_control(node.kind))
		reply_slice(request, text->bytes, text->length, size, offset);
	else
		reply_slice(request, line, secret_file_placeholder(name ? name : "", line), size,
			    offset);
}

static void write_ended(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK) {
		refuse_parked(parked, "write", outcome);
		return;
	}
	fuse_reply_write(parked->request, parked->size);
	unpark(parked);
}

static void face_write(fuse_req_t request, fuse_ino_t inode, const char *bytes, size_t size,
		       off_t offset, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	trace(request, "write", &node, NULL);
	parked = park(request, &node, NULL);
	if (!parked)
		return;
	parked->size = size;
	secret_file_write(secret_of(file), bytes, size, offset, write_ended, parked);
}

/* An empty message: the refusal is logged when the file is closed for good. */
static void flush_ended(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK && outcome->message[0]) {
		refuse_parked(parked, "close", outcome);
		return;
	}
	fuse_reply_err(parked->request, errno_of(outcome->kind));
	unpark(parked);
}

static void face_flush(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	trace(request, "flush", &node, NULL);
	if (node.kind != NODE_SECRET)
		fuse_reply_err(request, 0);
	else if ((parked = park(request, &node, NULL)))
		secret_file_flush(secret_of(file), flush_ended, parked);
}

static void face_fsync(fuse_req_t request, fuse_ino_t inode, int data, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	(void)data;
	trace(request, "fsync", &node, NULL);
	if (node.kind != NODE_SECRET)
		fuse_reply_err(request, 0);
	else if ((parked = park(request, &node, NULL)))
		secret_file_sync(secret_of(file), flush_ended, parked);
}

static void face_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct text *text = (struct text *)(uintptr_t)file->fh;

	if (node.kind == NODE_SECRET) {
		secret_file_close(secret_of(file));
	} else {
		free(text->bytes);
		free(text);
	}
	fuse_reply_err(request, 0);
}

static void face_fsyncdir(fuse_req_t request, fuse_ino_t inode, int data,
			  struct fuse_file_info *file)
{
	(void)inode;
	(void)data;
	(void)file;
	fuse_reply_err(request, 0);
}

/* ---- removing, and what cannot be done ---- */

static struct outcome may_remove(fuse_req_t request, const struct node *directory, const char *name)
{
	struct filesystem *filesystem = filesystem_of(request);
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
	    !brake_allows(&filesystem->brake, node_inode(directory),
			  caller_session(fuse_req_ctx(request)->pid), loop_now()))
		return outcome_advise(outcome_make(OUTCOME_BRAKED, "over %d removals within %d s",
						   BRAKE_FREE, BRAKE_WINDOW / 1000),
				      "wait %d s after the last one, or mount with -o rm=free",
				      BRAKE_WINDOW / 1000);
	return outcome;
}

static void unlink_ended(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;
	struct environment_state *environment =
	    filesystem_environment(parked->face->filesystem, &parked->node);

	if (outcome->kind == OUTCOME_OK || outcome->kind == OUTCOME_SECRET_NOT_FOUND) {
		struct outcome none = {.kind = OUTCOME_OK};

		listing_note(environment->listing, parked->name, false);
		filesystem_keep_failure(environment, parked->name, &none);
	}
	if (outcome->kind != OUTCOME_OK) {
		refuse_parked(parked, "unlink", outcome);
		return;
	}
	fuse_reply_err(parked->request, 0);
	unpark(parked);
}

static void face_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct filesystem *filesystem = filesystem_of(request);
	struct node directory = node_of_inode(parent);
	struct environment_state *environment;
	struct outcome outcome;
	struct parked *parked;

	trace(request, "unlink", &directory, name);
	outcome = may_remove(request, &directory, name);
	if (outcome.kind != OUTCOME_OK) {
		refuse(request, "unlink", &directory, name, &outcome);
		return;
	}
	environment = filesystem_environment(filesystem, &directory);
	environment->asked = 0;
	if (listing_presence(environment->listing, name) == PRESENCE_ABSENT)
		fuse_reply_err(request, ENOENT);
	else if ((parked = park(request, &directory, name)))
		environment->secrets->ops->unset(environment->secrets, name, unlink_ended, parked);
}

static void refuse_child(fuse_req_t request, fuse_ino_t parent, const char *name,
			 const char *operation)
{
	struct node directory = node_of_inode(parent);

	refuse_operation(
	    request, operation, &directory, name,
	    "the tree is what the configuration says; values cannot be moved or copied, "
	    "since nobody can read them");
}

static void face_rename(fuse_req_t request, fuse_ino_t parent, const char *name,
			fuse_ino_t new_parent, const char *new_name, unsigned int flags)
{
	(void)new_parent;
	(void)new_name;
	(void)flags;
	refuse_child(request, parent, name, "rename");
}

static void face_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)mode;
	refuse_child(request, parent, name, "mkdir");
}

static void face_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	refuse_child(request, parent, name, "rmdir");
}

static void face_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
		       dev_t device)
{
	(void)mode;
	(void)device;
	refuse_child(request, parent, name, "mknod");
}

static void face_symlink(fuse_req_t request, const char *target, fuse_ino_t parent,
			 const char *name)
{
	(void)target;
	refuse_child(request, parent, name, "symlink");
}

static void face_link(fuse_req_t request, fuse_ino_t inode, fuse_ino_t parent, const char *name)
{
	(void)inode;
	refuse_child(request, parent, name, "link");
}

/* Constant, sane and never zero: backup tools refuse to write where nothing is free. */
static void face_statfs(fuse_req_t request, fuse_ino_t inode)
{
	struct statvfs status = {.f_bsize = 4096,
				 .f_frsize = 4096,
				 .f_blocks = 1 << 20,
				 .f_bfree = 1 << 20,
				 .f_bavail = 1 << 20,
				 .f_files = 1 << 20,
				 .f_ffree = 1 << 20,
				 .f_favail = 1 << 20,
				 .f_namemax = 255};

	(void)inode;
	fuse_reply_statfs(request, &status);
}

static void face_init(void *context, struct fuse_conn_info *connection)
{
	(void)context;
	connection->max_write = MAX_WRITE;
	/* A pipe would keep pages of a value; the kernel's cache would too. */
	connection->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
					FUSE_CAP_SPLICE_MOVE | FUSE_CAP_WRITEBACK_CACHE);
	connection->want |=
	    connection->capable & (FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
				   FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS);
}

const struct fuse_lowlevel_ops face_operations = {
    .init = face_init,
    .lookup = face_lookup,
    .forget = face_forget,
    .forget_multi = face_forget_multi,
    .getattr = face_getattr,
    .setattr = face_setattr,
    .access = face_access,
    .getxattr = face_getxattr,
    .listxattr = face_listxattr,
    .setxattr = face_setxattr,
    .removexattr = face_removexattr,
    .opendir = face_opendir,
    .readdir = face_readdir,
    .readdirplus = face_readdirplus,
    .releasedir = face_releasedir,
    .fsyncdir = face_fsyncdir,
    .open = face_open,
    .create = face_create,
    .read = face_read,
    .write = face_write,
    .flush = face_flush,
    .fsync = face_fsync,
    .release = face_release,
    .unlink = face_unlink,
    .rename = face_rename,
    .mkdir = face_mkdir,
    .rmdir = face_rmdir,
    .mknod = face_mknod,
    .symlink = face_symlink,
    .link = face_link,
    .statfs = face_statfs,
};

struct face *face_new(struct filesystem *filesystem)
{
	struct face *face = calloc(1, sizeof(*face));

	if (face)
		face->filesystem = filesystem;
	return face;
}

void face_free(struct face *face)
{
	if (!face)
		return;
	while (face->parked) {
		fuse_reply_none(face->parked->request);
		unpark(face->parked);
	}
	free(face);
}
