/* SPDX-License-Identifier: MIT */
#include "control_file.h"
#include "branch.h"
#include "guests.h"
#include <stdlib.h>
#include <string.h>

/* One state of a file, for all who have opened it in that state. */
struct control_text {
	unsigned references;
	uid_t user; /* whose share it counts in: his who opened it first */
	char *text;
	size_t length;
};

bool node_is_control(enum node_kind kind)
{
	return kind >= NODE_STATUS && kind < NODE_KINDS;
}

static char *text_of(struct filesystem *filesystem, const struct node *node, size_t *length)
{
	switch (node->kind) {
	case NODE_STATUS:
		return filesystem_status(filesystem, length);
	case NODE_ERRORS:
		return error_log_text(filesystem->errors, length);
	default:
		return branch_text(filesystem, node, length);
	}
}

static void text_close(struct filesystem *filesystem, struct control_text *text)
{
	if (!text || --text->references > 0)
		return;
	guests_leave(filesystem->guests, text->user, (struct guest_use){.bytes = text->length});
	free(text->text);
	free(text);
}

static struct control_text *text_new(struct filesystem *filesystem, uid_t user, char *bytes,
				     size_t length)
{
	struct control_text *text = calloc(1, sizeof(*text));

	if (!text || !guests_enter(filesystem->guests, user, (struct guest_use){.bytes = length})) {
		free(text);
		return NULL;
	}
	*text = (struct control_text){.references = 1, .user = user, .length = length};
	text->text = bytes;
	return text;
}

/* The latest state that anybody has open. */
static struct control_text *latest(const struct filesystem *filesystem, uint64_t inode)
{
	const struct control_file *file = filesystem->control_files;

	while (file && file->inode != inode)
		file = file->next;
	return file ? file->shared : NULL;
}

static struct control_text *text_open(struct filesystem *filesystem, const struct node *node,
				      uid_t user)
{
	struct control_text *text = latest(filesystem, node_inode(node));
	size_t length = 0;
	char *bytes = text_of(filesystem, node, &length);

	if (!bytes)
		return NULL;
	if (text && text->length == length && !memcmp(text->text, bytes, length)) {
		free(bytes);
		text->references++;
		return text;
	}
	text = text_new(filesystem, user, bytes, length);
	if (!text)
		free(bytes);
	return text;
}

static bool fill(struct control_file *file, const struct node *node)
{
	if (node->kind == NODE_AUDIT)
		return true;
	file->shared = text_open(file->filesystem, node, file->user);
	if (!file->shared)
		return false;
	file->text = file->shared->text;
	file->length = file->shared->length;
	return true;
}

struct control_file *control_file_open(struct filesystem *filesystem, const struct node *node,
				       uid_t user)
{
	struct control_file *file = calloc(1, sizeof(*file));
	const struct guest_use one = {.handles = 1};

	if (!file || !guests_enter(filesystem->guests, user, one)) {
		free(file);
		return NULL;
	}
	file->filesystem = filesystem;
	file->user = user;
	file->inode = node_inode(node);
	if (!fill(file, node)) {
		guests_leave(filesystem->guests, user, one);
		free(file);
		return NULL;
	}
	file->previous = &filesystem->control_files;
	file->next = filesystem->control_files;
	if (file->next)
		file->next->previous = &file->next;
	filesystem->control_files = file;
	return file;
}

void control_file_close(struct control_file *file)
{
	if (!file)
		return;
	*file->previous = file->next;
	if (file->next)
		file->next->previous = file->previous;
	text_close(file->filesystem, file->shared);
	guests_leave(file->filesystem->guests, file->user, (struct guest_use){.handles = 1});
	free(file);
}

void control_files_free(struct filesystem *filesystem)
{
	struct control_file *next;

	for (struct control_file *file = filesystem->control_files; file; file = next) {
		next = file->next;
		control_file_close(file);
	}
}
