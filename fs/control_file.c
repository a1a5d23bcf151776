/* SPDX-License-Identifier: MIT */
#include "control_file.h"
#include "branch.h"
#include <stdlib.h>

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

struct control_file *control_file_open(struct filesystem *filesystem, const struct node *node)
{
	struct control_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	if (node->kind != NODE_AUDIT) {
		file->text = text_of(filesystem, node, &file->length);
		if (!file->text) {
			free(file);
			return NULL;
		}
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
	free(file->text);
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
