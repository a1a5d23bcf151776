/* SPDX-License-Identifier: MIT */
#include "control_file.h"
#include <stdlib.h>

bool node_is_control(enum node_kind kind)
{
	return kind == NODE_STATUS || kind == NODE_ERRORS;
}

struct control_file *control_file_open(const struct filesystem *filesystem, enum node_kind kind)
{
	struct control_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->text = kind == NODE_STATUS ? filesystem_status(filesystem, &file->length)
					 : error_log_text(filesystem->errors, &file->length);
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
