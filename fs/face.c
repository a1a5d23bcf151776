/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "face.h"
#include "attributes.h"
#include "caller.h"
#include "change.h"
#include "control_file.h"
#include "errno_table.h"
#include "face_parts.h"
#include "flag_listing.h"
#include "handshake.h"
#include "lookup.h"
#include "permit.h"
#include "sink.h"
#include "value_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct face {
	struct filesystem *filesystem;
	struct parking *parking;
	bool asked_for_parallel; /* the kernel offers it, and its reply is not sent yet */
};

/* Seconds for which the kernel may believe what cannot change during a mount. */
#define FOREVER 86400.0

#define MAX_WRITE 65536

static struct face *face_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

struct filesystem *face_filesystem(fuse_req_t request)
{
	return face_of(request)->filesystem;
}

void face_trace(fuse_req_t request, const char *operation, const struct node *node,
		const char *name)
{
	char path[PATH_SIZE];

	if (!face_filesystem(request)->options->debug)
		return;
	filesystem_path(face_filesystem(request), node, name, path);
	/* A name may hold anything, and a terminal would act on it. */
	for (char *byte = path; *byte; byte++)
		if ((unsigned char)*byte < 0x20 || (unsigned char)*byte >= 0x7f)
			*byte = '?';
	fprintf(stderr, "hsxfs: %s %s (pid %d)\n", operation, path,
		(int)fuse_req_ctx(request)->pid);
}

void face_refuse(fuse_req_t request, const char *operation, const struct node *node,
		 const char *name, const struct outcome *outcome)
{
	fuse_reply_err(request,
		       filesystem_refuse(face_filesystem(request), operation, node, name, outcome));
}

struct author face_author(fuse_req_t request)
{
	return (struct author){.user = fuse_req_ctx(request)->uid,
			       .pid = fuse_req_ctx(request)->pid};
}

/* What the tree has no operation for, whoever asks. */
static void refuse_operation(fuse_req_t request, const char *operation, const struct node *node,
			     const char *name, const char *advice)
{
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_NOT_SUPPORTED, "%s is not possible here", operation), "%s",
	    advice);

	face_refuse(request, operation, node, name, &outcome);
}

/* ---- parking ---- */

static void on_interrupt(fuse_req_t request, void *parked)
{
	(void)request;
	parking_interrupt(parked);
}

/* NULL where memory is short: then the request has been answered. */
struct parked *face_park(fuse_req_t request, const struct node *node, const char *name)
{
	struct parked *parked =
	    parking_add(face_of(request)->parking, request, fuse_req_ctx(request)->pid,
			fuse_req_ctx(request)->uid, node, name);

	if (parked)
		fuse_req_interrupt_func(request, on_interrupt, parked);
	else
		fuse_reply_err(request, ENOMEM);
	return parked;
}

void face_refuse_parked(struct parked *parked, const char *operation, const struct outcome *outcome)
{
	int error =
	    filesystem_refuse(parked->filesystem, operation, &parked->node, parked->name, outcome);

	if (parked->request)
		fuse_reply_err(parked->request, error);
	parking_remove(parked);
}

void face_end_parked(struct parked *parked, int error)
{
	if (parked->request)
		fuse_reply_err(parked->request, error);
	parking_remove(parked);
}

/* The kernel's word on an open, kept for the reply. NULL where memory is short: it is answered
 * then. */
struct parked *face_park_open(fuse_req_t request, const struct node *node,
			      const struct fuse_file_info *file)
{
	struct parked *parked = face_park(request, node, NULL);

	if (!parked)
		return NULL;
	parked->open_file = malloc(sizeof(*file));
	if (!parked->open_file) {
		face_end_parked(parked, ENOMEM);
		return NULL;
	}
	memcpy(parked->open_file, file, sizeof(*file));
	return parked;
}

/* False if nobody takes the handle, which then is to be closed. */
bool face_reply_open(struct parked *parked, void *handle, bool direct)
{
	struct fuse_file_info *file = parked->open_file;

	file->fh = (uint64_t)(uintptr_t)handle;
	file->direct_io = direct;
	/* Whoever only reads has nothing to hear at the close, which costs a request otherwise. */
	file->noflush = (file->flags & O_ACCMODE) == O_RDONLY;
	return parked->request && fuse_reply_open(parked->request, file) == 0;
}

/* ---- lookup and attributes ---- */

static double seconds(int64_t milliseconds)
{
	return milliseconds < 0 ? FOREVER : (double)milliseconds / 1000;
}

/* Of what is there for the mount's life, that whose length or time is not. */
static bool is_live(enum node_kind kind)
{
	return node_is_control(kind) || kind == NODE_DEPLOYS || kind == NODE_SECRETS;
}

struct fuse_entry_param face_entry(struct filesystem *filesystem, const struct node *node,
				   int64_t valid_for)
{
	struct fuse_entry_param entry = {.entry_timeout = seconds(valid_for)};

	if (node->kind == NODE_NONE)
		return entry;
	entry.ino = node_inode(node);
	entry.attr_timeout = is_live(node->kind) ? 0 : entry.entry_timeout;
	attributes_stat(filesystem, node, &entry.attr);
	return entry;
}

void face_forget_name(struct filesystem *filesystem, const struct node *node, uint64_t count)
{
	if (node_is_named(node->kind))
		name_release(filesystem->names, node->name, count);
}

static void lookup_ended(void *context, const struct outcome *outcome, const struct lookup *lookup)
{
	struct parked *parked = context;
	struct fuse_entry_param entry;

	if (outcome->kind != OUTCOME_OK) {
		face_refuse_parked(parked, "lookup", outcome);
		return;
	}
	entry = face_entry(parked->filesystem, &lookup->node, lookup->valid_for);
	if (lookup->attributes_valid_for > lookup->valid_for)
		entry.attr_timeout = seconds(lookup->attributes_valid_for);
	if (!parked->request || fuse_reply_entry(parked->request, &entry) != 0)
		face_forget_name(parked->filesystem, &lookup->node, 1);
	parking_remove(parked);
}

static void face_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct node directory = node_of_inode(parent);
	struct parked *parked;

	face_trace(request, "lookup", &directory, name);
	parked = face_park(request, &directory, name);
	if (parked)
		lookup_child(face_filesystem(request), &directory, name, parked->caller,
			     lookup_ended, parked);
}

static void forget(struct filesystem *filesystem, fuse_ino_t inode, uint64_t count)
{
	struct node node = node_of_inode(inode);

	face_forget_name(filesystem, &node, count);
}

static void face_forget(fuse_req_t request, fuse_ino_t inode, uint64_t count)
{
	forget(face_filesystem(request), inode, count);
	fuse_reply_none(request);
}

static void face_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(face_filesystem(request), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(request);
}

static void attributes_ended(void *context, const struct outcome *outcome,
			     const struct lookup *lookup)
{
	struct parked *parked = context;
	struct stat status;

	if (outcome->kind != OUTCOME_OK) {
		face_refuse_parked(parked, "stat", outcome);
		return;
	}
	if (!parked->request || lookup->node.kind == NODE_NONE) {
		face_end_parked(parked, ENOENT);
		return;
	}
	attributes_stat(parked->filesystem, &lookup->node, &status);
	fuse_reply_attr(parked->request, &status,
			is_live(lookup->node.kind) ? 0 : seconds(lookup->valid_for));
	parking_remove(parked);
}

static void face_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct node node = node_of_inode(inode);
	struct parked *parked;

	(void)file;
	face_trace(request, "stat", &node, NULL);
	parked = face_park(request, &node, NULL);
	if (parked)
		lookup_again(face_filesystem(request), &node, attributes_ended, parked);
}

/* False where the length cannot be set. */
static bool truncate_file(struct filesystem *filesystem, const struct node *node, off_t length,
			  struct fuse_file_info *file)
{
	struct scratch *scratch;

	if (node->kind == NODE_SCRATCH) {
		scratch = scratch_of_node(filesystem->scratch, node);
		return scratch && scratch_resize(scratch, (size_t)length);
	}
	if (!node_is_writable(node->kind))
		return false;
	if (!file || !file->fh)
		return length == 0;
	return value_file_truncate((struct value_file *)(uintptr_t)file->fh, length);
}

static struct outcome why_no_length(const struct node *node)
{
	if (node_is_writable(node->kind) || node->kind == NODE_SCRATCH)
		return outcome_make(OUTCOME_BAD_VALUE, "it has no length that can be set");
	return outcome_make(OUTCOME_UNREADABLE, "the file can only be read");
}

/* Whoever names the file, and has no descriptor, is let in by its mode. */
static bool is_others_file(fuse_req_t request, const struct node *node,
			   const struct fuse_file_info *file)
{
	if (!file)
		return false;
	if (node->kind == NODE_SCRATCH)
		return face_is_others(request, "truncate", node, (uid_t)file->fh);
	return node_is_writable(node->kind) && file->fh &&
	       face_is_others(request, "truncate", node,
			      value_file_opener((struct value_file *)(uintptr_t)file->fh));
}

/* Modes, times and one's own ownership are accepted and change nothing, so that cp -p and rsync
 * work. */
static void face_setattr(fuse_req_t request, fuse_ino_t inode, struct stat *wanted, int which,
			 struct fuse_file_info *file)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct node node = node_of_inode(inode);
	struct stat status;

	face_trace(request, "setattr", &node, NULL);
	lookup_follows(filesystem, &node);
	if ((which & FUSE_SET_ATTR_UID && wanted->st_uid != filesystem->options->uid) ||
	    (which & FUSE_SET_ATTR_GID && wanted->st_gid != filesystem->options->gid)) {
		refuse_operation(request, "chown", &node, NULL, "");
		return;
	}
	if (which & FUSE_SET_ATTR_SIZE && is_others_file(request, &node, file))
		return;
	if (which & FUSE_SET_ATTR_SIZE &&
	    !truncate_file(filesystem, &node, wanted->st_size, file)) {
		struct outcome outcome = why_no_length(&node);

		face_refuse(request, "truncate", &node, NULL, &outcome);
		return;
	}
	attributes_stat(filesystem, &node, &status);
	fuse_reply_attr(request, &status, 0);
}

static void access_ended(void *context, const struct outcome *outcome, const struct lookup *lookup)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK) {
		face_refuse_parked(parked, "access", outcome);
		return;
	}
	face_end_parked(parked, lookup->node.kind == NODE_NONE ? ENOENT : 0);
}

static void face_access(fuse_req_t request, fuse_ino_t inode, int mask)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct node node = node_of_inode(inode);
	int error = permit_access(filesystem, &node, mask);
	struct parked *parked;

	if (error || node.kind != NODE_SECRET)
		fuse_reply_err(request, error);
	else if ((parked = face_park(request, &node, NULL)))
		lookup_again(filesystem, &node, access_ended, parked);
}

/* ---- removing, and what cannot be done ---- */

static void unlink_ended(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;
	struct filesystem *filesystem = parked->filesystem;
	struct outcome none = {.kind = OUTCOME_OK};
	enum node_kind kind = parked->node.kind == NODE_SECRETS ? NODE_SECRET : NODE_FLAG;

	sink_of(kind)->ended(filesystem, &parked->node, parked->name, true, outcome);
	if (outcome->kind == OUTCOME_OK || outcome->kind == OUTCOME_SECRET_NOT_FOUND)
		filesystem_keep_failure(filesystem_environment(filesystem, &parked->node), kind,
					parked->name, &none);
	if (outcome->kind != OUTCOME_OK)
		face_refuse_parked(parked, "unlink", outcome);
	else
		face_end_parked(parked, 0);
}

/* A name that is known not to be there, without asking. */
static bool is_known_absent(struct filesystem *filesystem, const struct node *directory,
			    const char *name)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);

	if (directory->kind == NODE_FLAGS)
		return flag_listing_fresh_for(environment->flags) > 0 &&
		       !flag_listing_find(environment->flags, name, false);
	environment->asked = 0;
	return listing_presence(environment->listing, name) == PRESENCE_ABSENT;
}

static void refuse_absent(fuse_req_t request, const struct node *directory, const char *name)
{
	struct outcome outcome = outcome_make(OUTCOME_NOT_FOUND, "it is known not to be there");

	face_refuse(request, "unlink", directory, name, &outcome);
}

static void face_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct node directory = node_of_inode(parent);
	struct scratch *scratch = scratch_find(filesystem->scratch, &directory, name);
	struct author author = face_author(request);
	struct outcome outcome;
	struct parked *parked;

	face_trace(request, "unlink", &directory, name);
	if (scratch) {
		scratch_remove(scratch);
		fuse_reply_err(request, 0);
		return;
	}
	outcome = permit_remove(filesystem, &directory, name, fuse_req_ctx(request)->pid);
	if (outcome.kind != OUTCOME_OK) {
		face_refuse(request, "unlink", &directory, name, &outcome);
		return;
	}
	if (is_known_absent(filesystem, &directory, name)) {
		refuse_absent(request, &directory, name);
		return;
	}
	parked = face_park(request, &directory, name);
	if (!parked)
		return;
	parked->waits_for = PARKED_FOR_REMOVAL;
	author.session = caller_session(author.pid);
	change_unset(filesystem, &directory, name, &author, unlink_ended, parked);
}

static void refuse_child(fuse_req_t request, fuse_ino_t parent, const char *name,
			 const char *operation)
{
	struct node directory = node_of_inode(parent);

	refuse_operation(
	    request, operation, &directory, name,
	    "the tree is what the configuration and the control plane say; values cannot be moved "
	    "or copied, since nobody can read them");
}

static void rename_ended(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK)
		face_refuse_parked(parked, "rename", outcome);
	else
		face_end_parked(parked, 0);
}

/* Its scratch file becomes the secret's value: parked under the new name. */
static void face_rename(fuse_req_t request, fuse_ino_t parent, const char *name,
			fuse_ino_t new_parent, const char *new_name, unsigned int flags)
{
	struct filesystem *filesystem = face_filesystem(request);
	struct node directory = node_of_inode(parent), new_directory = node_of_inode(new_parent);
	struct author author = face_author(request);
	struct outcome outcome;
	struct parked *parked;

	face_trace(request, "rename", &new_directory, new_name);
	/* mv(1) tries this first, and then without it. */
	if (flags == RENAME_NOREPLACE) {
		fuse_reply_err(request, EINVAL);
		return;
	}
	if (flags) {
		outcome = outcome_make(OUTCOME_BAD_VALUE, "files cannot be exchanged");
		face_refuse(request, "rename", &directory, name, &outcome);
		return;
	}
	outcome = permit_rename(filesystem, &directory, name, &new_directory, new_name);
	if (outcome.kind != OUTCOME_OK) {
		face_refuse(request, "rename", &directory, name, &outcome);
		return;
	}
	parked = face_park(request, &directory, new_name);
	if (!parked)
		return;
	parked->waits_for = PARKED_FOR_RENAME;
	parked->scratch = scratch_find(filesystem->scratch, &directory, name);
	author.session = caller_session(author.pid);
	scratch_commit(parked->scratch, new_name, &author, rename_ended, parked);
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
	struct face *face = context;

	connection->max_write = MAX_WRITE;
	/* A pipe would keep pages of a value; the kernel's cache would too. */
	connection->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
					FUSE_CAP_SPLICE_MOVE | FUSE_CAP_WRITEBACK_CACHE);
	connection->want |=
	    connection->capable & (FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
				   FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS);
	face->asked_for_parallel = connection->want & FUSE_CAP_PARALLEL_DIROPS;
}

/* What is sent next after face_init is the reply to the same request. */
ssize_t face_send(int fd, struct iovec *reply, int count, void *context)
{
	struct face *face = context;

	if (face->asked_for_parallel)
		handshake_allow_parallel(reply, count);
	face->asked_for_parallel = false;
	return writev(fd, reply, count);
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

static void reply_error(struct fuse_req *request, int error)
{
	fuse_reply_err(request, error);
}

struct face *face_new(struct filesystem *filesystem)
{
	struct face *face = calloc(1, sizeof(*face));

	if (!face)
		return NULL;
	face->filesystem = filesystem;
	face->parking = parking_new(filesystem, reply_error);
	if (face->parking)
		return face;
	free(face);
	return NULL;
}

void face_free(struct face *face)
{
	if (!face)
		return;
	parking_free(face->parking);
	free(face);
}
