/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "branch.h"
#include "caller.h"
#include "control_file.h"
#include "deploys.h"
#include "errno_table.h"
#include "face_parts.h"
#include "flag_listing.h"
#include "journal.h"
#include "lookup.h"
#include "names.h"
#include "permit.h"
#include "sink.h"
#include "value_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* ---- opening ---- */

static void open_control(fuse_req_t request, const struct node *node, struct fuse_file_info *file)
{
	struct outcome outcome = outcome_make(OUTCOME_UNREADABLE, "the file can only be read");
	struct control_file *control;

	if (flags_want_write(file->flags)) {
		face_refuse(request, "open", node, NULL, &outcome);
		return;
	}
	control = control_file_open(face_filesystem(request), node, fuse_req_ctx(request)->uid);
	if (!control) {
		fuse_reply_err(request, ENOMEM);
		return;
	}
	file->fh = (uint64_t)(uintptr_t)control;
	file->direct_io = 1;
	if (fuse_reply_open(request, file) != 0)
		control_file_close(control);
}

/* A write handle of a name that may not exist yet must be written, like one that creates or
 * truncates. */
static struct value_file *open_handle(struct filesystem *filesystem, const struct node *node,
				      const struct author *opener, int flags, char *shown,
				      size_t length)
{
	bool there = node->kind == NODE_SECRET ? lookup_presence(filesystem, node) == PRESENCE_THERE
					       : branch_has(filesystem, node);

	return value_file_open(filesystem, node, opener, flags,
			       flags_want_write(flags) && (!there || flags & O_TRUNC), shown,
			       length);
}

/* Whoever reads a flag and writes it later edits what he has read. */
static void note_reading(struct filesystem *filesystem, const struct node *node, pid_t session)
{
	struct flag_listing *listing = filesystem_environment(filesystem, node)->flags;
	const char *key = filesystem_interned(filesystem, node);
	const struct flag *flag = key ? flag_listing_find(listing, key, false) : NULL;

	if (flag)
		flag_listing_saw(listing, flag, session);
}

static struct value_file *open_writable(struct parked *parked, int flags)
{
	struct filesystem *filesystem = parked->filesystem;
	const struct node *node = &parked->node;
	struct author opener = {.user = parked->user, .pid = parked->caller};
	char *shown = NULL;
	size_t length = 0;

	if (node->kind == NODE_FLAG)
		opener.session = caller_session(parked->caller);
	if (node->kind != NODE_SECRET && flags_want_read(flags)) {
		shown = branch_text(filesystem, node, &length);
		if (!shown)
			return NULL;
		if (node->kind == NODE_FLAG)
			note_reading(filesystem, node, opener.session);
	}
	return open_handle(filesystem, node, &opener, flags, shown, length);
}

/* A flag that somebody is making just now has nothing to be read yet. */
static struct outcome why_not_opened(const struct parked *parked)
{
	if (parked->node.kind == NODE_FLAG && !branch_has(parked->filesystem, &parked->node))
		return outcome_make(OUTCOME_NOT_FOUND, "there is no such flag yet");
	return outcome_make(OUTCOME_NO_MEMORY,
			    "no locked memory for a value, or for one more of this user");
}

static void open_known(struct parked *parked)
{
	int flags = ((struct fuse_file_info *)parked->open_file)->flags;
	struct outcome outcome = permit_open(parked->filesystem, &parked->node, flags);
	struct value_file *secret = NULL;

	if (outcome.kind == OUTCOME_OK) {
		secret = open_writable(parked, flags);
		if (!secret)
			outcome = why_not_opened(parked);
	}
	if (!secret) {
		face_refuse_parked(parked, "open", &outcome);
		return;
	}
	if (!face_reply_open(parked, secret, true))
		value_file_close(secret);
	parking_remove(parked);
}

/*
 * ESTALE makes the kernel look the name up again, now that it is known not to exist, and create it:
 * only a created file begins at length 0, as O_APPEND needs it.
 */
static void open_asked(void *context, const struct outcome *outcome, const struct lookup *lookup)
{
	struct parked *parked = context;
	int flags = ((struct fuse_file_info *)parked->open_file)->flags;

	if (outcome->kind != OUTCOME_OK)
		face_refuse_parked(parked, "open", outcome);
	else if (lookup->node.kind == NODE_NONE)
		face_end_parked(parked, flags_want_read(flags) ? ENOENT : ESTALE);
	else
		open_known(parked);
}

/* What a backend says, as it is when it is opened. */
static void open_shown(struct parked *parked)
{
	struct outcome outcome = permit_open(parked->filesystem, &parked->node,
					     ((struct fuse_file_info *)parked->open_file)->flags);
	struct control_file *control = NULL;

	if (outcome.kind == OUTCOME_OK) {
		control = control_file_open(parked->filesystem, &parked->node, parked->user);
		if (!control)
			outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a file");
	}
	if (!control) {
		face_refuse_parked(parked, "open", &outcome);
		return;
	}
	if (!face_reply_open(parked, control, true))
		control_file_close(control);
	parking_remove(parked);
}

/* A flag that is gone since the kernel looked it up; see open_asked. */
static bool may_be_made(const struct parked *parked)
{
	return parked->node.kind == NODE_FLAG &&
	       flags_want_write(((struct fuse_file_info *)parked->open_file)->flags);
}

static void shown_asked(void *context, const struct outcome *outcome, const struct lookup *lookup)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK)
		face_refuse_parked(parked, "open", outcome);
	else if (lookup->node.kind == NODE_NONE)
		face_end_parked(parked, may_be_made(parked) ? ESTALE : ENOENT);
	else if (node_is_writable(lookup->node.kind))
		open_known(parked);
	else
		open_shown(parked);
}

static void deploys_came(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK)
		face_refuse_parked(parked, "open", outcome);
	else
		open_shown(parked);
}

static void open_from_backend(struct parked *parked)
{
	struct filesystem *filesystem = parked->filesystem;

	if (parked->node.kind == NODE_DEPLOYS)
		deploys_wait(filesystem_project(filesystem, &parked->node)->deploys, deploys_came,
			     parked);
	else
		lookup_again(filesystem, &parked->node, shown_asked, parked);
}

static struct outcome why_not_scratch(const struct scratch *scratch)
{
	if (!scratch)
		return outcome_make(OUTCOME_NOT_FOUND, "the temporary file is gone");
	return outcome_make(OUTCOME_UNREADABLE, "a temporary file is read by the descriptor that "
						"made it alone");
}

/* Values are never read again, so only who made a scratch file reads it. */
static void open_scratch(fuse_req_t request, const struct node *node, struct fuse_file_info *file)
{
	struct scratch *scratch = scratch_of_node(face_filesystem(request)->scratch, node);

	if (!scratch || flags_want_read(file->flags)) {
		struct outcome outcome = why_not_scratch(scratch);

		face_refuse(request, "open", node, NULL, &outcome);
		return;
	}
	/* Whoever writes to what looks like a secret must not be told that it was stored. */
	if (scratch_directory(scratch) == NODE_SECRETS ? name_is_valid_secret(scratch_name(scratch))
						       : flag_key_is_valid(scratch_name(scratch))) {
		struct outcome outcome = outcome_advise(
		    outcome_make(OUTCOME_NOT_SUPPORTED, "a temporary file of this name is there"),
		    "remove it, or rename it onto the secret's name");

		face_refuse(request, "open", node, NULL, &outcome);
		return;
	}
	if (file->flags & O_TRUNC && !scratch_resize(scratch, 0)) {
		fuse_reply_err(request, ENOMEM);
		return;
	}
	file->direct_io = 1;
	file->fh = fuse_req_ctx(request)->uid;
	scratch_open(scratch);
	if (fuse_reply_open(request, file) != 0)
		scratch_close(scratch);
}

void face_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct node node = node_of_inode(inode);
	bool reads = flags_want_read(file->flags);
	enum presence presence;
	struct parked *parked;

	face_trace(request, "open", &node, NULL);
	lookup_follows(filesystem, &node);
	if (node_is_control(node.kind)) {
		open_control(request, &node, file);
		return;
	}
	if (node.kind == NODE_SCRATCH) {
		open_scratch(request, &node, file);
		return;
	}
	parked = face_park_open(request, &node, file);
	if (!parked)
		return;
	if (node_is_shown(node.kind)) {
		open_from_backend(parked);
		return;
	}
	presence = lookup_presence(filesystem, &node);
	/* Only to replace what may be there is it all the same whether it is. */
	if ((reads && presence != PRESENCE_THERE) ||
	    (presence == PRESENCE_UNKNOWN && (file->flags & (O_TRUNC | O_APPEND)) != O_TRUNC))
		lookup_again(filesystem, &node, open_asked, parked);
	else
		open_known(parked);
}

/* On success node is held once, for the kernel. */
static struct outcome create(struct filesystem *filesystem, const struct node *directory,
			     const char *name, const struct author *opener, int flags,
			     struct node *node, struct value_file **secret)
{
	struct outcome outcome = permit_create(filesystem, directory, name, flags);

	if (outcome.kind != OUTCOME_OK)
		return outcome;
	*node = *directory;
	node->kind = directory->kind == NODE_FLAGS ? NODE_FLAG : NODE_SECRET;
	node->name = name_hold(filesystem->names, name);
	*secret = NULL;
	if (node->name) {
		outcome = permit_open(filesystem, node, flags);
		if (outcome.kind == OUTCOME_OK)
			*secret = value_file_open(filesystem, node, opener, flags, true, NULL, 0);
	}
	if (*secret)
		return outcome;
	name_release(filesystem->names, node->name, 1);
	if (outcome.kind == OUTCOME_OK)
		outcome =
		    outcome_make(OUTCOME_NO_MEMORY,
				 "no locked memory for a value, or for one more of this user");
	return outcome;
}

static void reply_create(fuse_req_t request, const struct node *node, struct fuse_file_info *file)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct fuse_entry_param entry = face_entry(filesystem, node, 0);

	entry.attr.st_size = 0;
	file->direct_io = 1;
	if (fuse_reply_create(request, &entry, file) == 0)
		return;
	if (node->kind == NODE_SCRATCH) {
		scratch_close(scratch_of_node(filesystem->scratch, node));
	} else {
		value_file_close((struct value_file *)(uintptr_t)file->fh);
		name_release(filesystem->names, node->name, 1);
	}
}

static struct outcome create_scratch(struct filesystem *filesystem, const struct node *directory,
				     const char *name, uid_t user, struct node *node)
{
	struct outcome outcome = permit_create(filesystem, directory, name, O_RDWR | O_EXCL);
	struct scratch *scratch;

	if (outcome.kind != OUTCOME_OK)
		return outcome;
	scratch = scratch_create(filesystem->scratch, directory, name, user);
	if (!scratch)
		return outcome_make(OUTCOME_NO_MEMORY,
				    "there are %d temporary files already, or as many as another "
				    "user may have",
				    SCRATCH_MAX);
	*node = scratch_node(scratch);
	return outcome;
}

void face_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
		 struct fuse_file_info *file)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct node directory = node_of_inode(parent), node = {.kind = NODE_NONE};
	struct value_file *secret = NULL;
	struct author opener = face_author(request);
	struct outcome outcome;

	(void)mode;
	face_trace(request, "create", &directory, name);
	if (directory.kind == NODE_FLAGS)
		opener.session = caller_session(fuse_req_ctx(request)->pid);
	if (sink_of(directory.kind) && scratch_is_wanted(name, file->flags))
		outcome = create_scratch(filesystem, &directory, name, opener.user, &node);
	else
		outcome =
		    create(filesystem, &directory, name, &opener, file->flags, &node, &secret);
	/* The handle of a temporary file says who opened it. */
	file->fh = secret ? (uint64_t)(uintptr_t)secret : opener.user;
	if (outcome.kind == OUTCOME_OK)
		reply_create(request, &node, file);
	else
		face_refuse(request, "create", &directory, name, &outcome);
}

/* ---- open files ---- */

static struct value_file *secret_of(const struct fuse_file_info *file)
{
	return (struct value_file *)(uintptr_t)file->fh;
}

/*
 * A descriptor passes to children, and to programs that run as somebody else (sudo, set-uid): what
 * those do is not what the user who opened it was let in for.
 */
bool face_is_others(fuse_req_t request, const char *operation, const struct node *node,
		    uid_t opener)
{
	uid_t caller = fuse_req_ctx(request)->uid;
	struct outcome outcome;

	if (caller == opener)
		return false;
	outcome = outcome_advise(outcome_make(OUTCOME_OTHER_CALLER,
					      "%s by user %u through a file that user %u opened",
					      operation, (unsigned)caller, (unsigned)opener),
				 "let the user who mounted write it: sudo COMMAND | tee FILE");
	face_refuse(request, operation, node, NULL, &outcome);
	return true;
}

static bool is_others(fuse_req_t request, const char *operation, const struct node *node,
		      const struct value_file *file)
{
	return face_is_others(request, operation, node, value_file_opener(file));
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

static void read_scratch(fuse_req_t request, const struct node *node, size_t size, off_t offset,
			 const struct fuse_file_info *file)
{
	const struct scratch *scratch = scratch_of_node(face_filesystem(request)->scratch, node);
	const struct value *value = scratch ? scratch_value(scratch) : NULL;

	if (face_is_others(request, "read", node, (uid_t)file->fh))
		return;
	if (value)
		reply_slice(request, value_bytes(value), value_length(value), size, offset);
	else
		fuse_reply_err(request, EIO);
}

static void write_scratch(fuse_req_t request, const struct node *node, const char *bytes,
			  size_t size, off_t offset, const struct fuse_file_info *file)
{
	struct scratch *scratch = scratch_of_node(face_filesystem(request)->scratch, node);
	struct outcome outcome =
	    outcome_make(OUTCOME_TOO_LARGE, "a temporary file may have %zu bytes", VALUE_CEILING);

	if (face_is_others(request, "write", node, (uid_t)file->fh))
		return;
	if ((size_t)offset + size <= VALUE_CEILING)
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no locked memory for a temporary file");
	if (scratch && scratch_write(scratch, (size_t)offset, bytes, size))
		fuse_reply_write(request, size);
	else
		face_refuse(request, "write", node, NULL, &outcome);
}

static void read_writable(fuse_req_t request, const struct node *node,
			  const struct value_file *file, size_t size, off_t offset)
{
	const char *name = filesystem_name(face_filesystem(request), node);
	char line[320];
	size_t length;
	const char *shown = value_file_shown(file, &length);

	if (node->kind == NODE_SECRET)
		reply_slice(request, line, value_file_placeholder(name ? name : "", line), size,
			    offset);
	else
		reply_slice(request, shown ? shown : "", shown ? length : 0, size, offset);
}

static const struct control_file *control_of(const struct fuse_file_info *file)
{
	return (const struct control_file *)(uintptr_t)file->fh;
}

static void read_journal(fuse_req_t request, size_t size, off_t offset)
{
	const struct journal *journal = face_filesystem(request)->journal;
	char *buffer = malloc(size ? size : 1);
	ssize_t length = -1;

	errno = ENOMEM;
	if (buffer)
		length = journal ? journal_read(journal, buffer, size, offset) : 0;
	if (length >= 0)
		fuse_reply_buf(request, buffer, (size_t)length);
	else
		fuse_reply_err(request, errno);
	free(buffer);
}

void face_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
	       struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);

	if (node.kind == NODE_SECRET)
		readers_note(&face_filesystem(request)->readers, inode, fuse_req_ctx(request)->pid,
			     loop_now());
	if (node.kind == NODE_SCRATCH)
		read_scratch(request, &node, size, offset, file);
	else if (node.kind == NODE_AUDIT)
		read_journal(request, size, offset);
	else if (node_is_writable(node.kind))
		read_writable(request, &node, secret_of(file), size, offset);
	else
		reply_slice(request, control_of(file)->text, control_of(file)->length, size,
			    offset);
}

static struct parked *park_commit(fuse_req_t request, const struct node *node,
				  struct value_file *file)
{
	struct parked *parked = face_park(request, node, NULL);

	if (!parked)
		return NULL;
	parked->waits_for = PARKED_FOR_COMMIT;
	parked->file = file;
	return parked;
}

static void write_ended(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK) {
		face_refuse_parked(parked, "write", outcome);
		return;
	}
	if (parked->request)
		fuse_reply_write(parked->request, parked->size);
	parking_remove(parked);
}

void face_write(fuse_req_t request, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
		struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	face_trace(request, "write", &node, NULL);
	if (node.kind == NODE_SCRATCH) {
		write_scratch(request, &node, bytes, size, offset, file);
		return;
	}
	if (is_others(request, "write", &node, secret_of(file)))
		return;
	parked = park_commit(request, &node, secret_of(file));
	if (!parked)
		return;
	parked->size = size;
	value_file_set_writer(secret_of(file), parked->caller);
	value_file_write(secret_of(file), bytes, size, offset, write_ended, parked);
}

/* An empty message: the refusal is logged when the file is closed for good. */
static void flush_ended(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK && outcome->message[0]) {
		face_refuse_parked(parked, "close", outcome);
		return;
	}
	face_end_parked(parked, errno_of(outcome->kind));
}

/* What a dying caller left in the handle is not sent, by nobody: whoever closes it hears of it. */
static bool dies_with_it(fuse_req_t request, const struct node *node, struct value_file *file)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct outcome outcome;
	bool on_its_way;

	if (!value_file_is_dirty(file) || caller_fate(fuse_req_ctx(request)->pid) != CALLER_DIES)
		return false;
	on_its_way = value_file_cancel(file, fuse_req_ctx(request)->pid, NULL);
	outcome = outcome_advise(
	    outcome_make(OUTCOME_CANCELLED,
			 "a process that had the file open was ended by a signal: what was written "
			 "and not sent is dropped%s",
			 on_its_way ? "; a request was on its way, outcome unknown" : ""),
	    "write the whole value again");
	filesystem_refuse(filesystem, "close", node, NULL, &outcome);
	if (on_its_way)
		sink_of(node->kind)->doubt(filesystem, node);
	fuse_reply_err(request, EINTR);
	return true;
}

typedef void file_sync(struct value_file *file, secrets_done *done, void *context);

static void sync_file(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file,
		      file_sync *sync)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	if (!node_is_writable(node.kind))
		fuse_reply_err(request, 0);
	else if (value_file_is_dirty(secret_of(file)) &&
		 is_others(request, "close", &node, secret_of(file)))
		return;
	else if (!dies_with_it(request, &node, secret_of(file)) &&
		 (parked = park_commit(request, &node, secret_of(file))))
		sync(secret_of(file), flush_ended, parked);
}

void face_flush(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	sync_file(request, inode, file, value_file_flush);
}

void face_fsync(fuse_req_t request, fuse_ino_t inode, int data, struct fuse_file_info *file)
{
	(void)data;
	sync_file(request, inode, file, value_file_sync);
}

void face_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);

	if (node_is_writable(node.kind))
		value_file_close(secret_of(file));
	else if (node.kind == NODE_SCRATCH)
		scratch_close(scratch_of_node(face_filesystem(request)->scratch, &node));
	else
		control_file_close((struct control_file *)(uintptr_t)file->fh);
	fuse_reply_err(request, 0);
}
