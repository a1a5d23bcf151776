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
	if (node->kind == NODE_AUDIT)
		return file;
	file->text = text_of(filesystem, node, &file->length);
	if (file->text)
		return file;
	free(file);
	return NULL;
}

void control_file_close(struct control_file *file)
{
	if (!file)
		return;
	free(file->text);
	free(file);
}
