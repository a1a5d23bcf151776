/* SPDX-License-Identifier: MIT */
#include "attributes.h"
#include "errno_table.h"
#include "scratch.h"
#include "secret_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Large enough for most values to come in one write(2). */
#define BLOCK_SIZE 65536

/*
 * While somebody appends to it, a secret has the length of what was written: the kernel writes
 * there.
 */
static off_t size_of_secret(const struct filesystem *filesystem, const struct node *node)
{
	const struct environment_state *environment =
	    &filesystem->projects[node->index].environments[node->environment];
	const char *name = name_text(filesystem->names, node->name);
	char line[320];
	int64_t length;

	if (!name)
		return 0;
	length = secret_file_length(environment, name);
	if (length >= 0)
		return (off_t)length;
	return (off_t)secret_file_placeholder(name, line);
}

static off_t size_of(const struct filesystem *filesystem, const struct node *node)
{
	const struct scratch *scratch;
	size_t length = 0;

	switch (node->kind) {
	case NODE_SECRET:
		return size_of_secret(filesystem, node);
	case NODE_SCRATCH:
		scratch = scratch_of_node(filesystem->scratch, node);
		return scratch ? (off_t)value_length(scratch_value(scratch)) : 0;
	case NODE_ERRORS:
		return (off_t)error_log_length(filesystem->errors);
	case NODE_STATUS:
		free(filesystem_status(filesystem, &length));
		return (off_t)length;
	default:
		return 0;
	}
}

static nlink_t links_of(const struct filesystem *filesystem, const struct node *node)
{
	return node_is_directory(node->kind) ? 2 + filesystem_child_count(filesystem, node) : 1;
}

void attributes_stat(const struct filesystem *filesystem, const struct node *node,
		     struct stat *status)
{
	*status = (struct stat){
	    .st_ino = node_inode(node),
	    .st_mode = node_types[node->kind].mode & ~filesystem->options->umask,
	    .st_nlink = links_of(filesystem, node),
	    .st_uid = filesystem->options->uid,
	    .st_gid = filesystem->options->gid,
	    .st_size = size_of(filesystem, node),
	    .st_blksize = BLOCK_SIZE,
	    .st_mtim.tv_sec = TREE_UNKNOWN_TIME,
	    .st_ctim.tv_sec = TREE_UNKNOWN_TIME,
	    .st_atim.tv_sec = TREE_UNKNOWN_TIME,
	};
	if (node->kind == NODE_SECRET && filesystem->options->unreadable)
		status->st_mode &= ~(mode_t)0444;
	status->st_blocks = (status->st_size + 511) / 512;
}

/* ---- extended attributes ---- */

typedef int attribute_writer(struct filesystem *filesystem, const struct node *node, char *text);

static const struct secret_name *listed(struct filesystem *filesystem, const struct node *node)
{
	const char *name = name_text(filesystem->names, node->name);
	const struct listing *listing = filesystem_environment(filesystem, node)->listing;

	return name && listing ? listing_find(listing, name) : NULL;
}

static int write_type(struct filesystem *filesystem, const struct node *node, char *text)
{
	const struct secret_name *item = listed(filesystem, node);

	if (node->kind != NODE_SECRET || !item)
		return -1;
	return snprintf(text, ATTRIBUTE_SIZE, "%s", item->key ? "secret_key" : "secret_text");
}

/* The scripts whose bit is set, separated by spaces. */
static int write_scripts_of(struct secrets *secrets, uint32_t which, char *text)
{
	unsigned count = secrets->ops->scripts(secrets);
	int length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count && length < ATTRIBUTE_SIZE - 1; i++)
		if (which & UINT32_C(1) << i)
			length += snprintf(text + length, (size_t)(ATTRIBUTE_SIZE - length), "%s%s",
					   length ? " " : "", secrets->ops->script(secrets, i));
	return length < ATTRIBUTE_SIZE ? length : ATTRIBUTE_SIZE - 1;
}

static int write_scripts(struct filesystem *filesystem, const struct node *node, char *text)
{
	struct environment_state *environment = filesystem_environment(filesystem, node);
	const struct secret_name *item;

	if (node->kind == NODE_SECRETS)
		return write_scripts_of(environment->secrets, UINT32_MAX, text);
	item = listed(filesystem, node);
	return item ? write_scripts_of(environment->secrets, ~item->missing, text) : -1;
}

static int write_missing(struct filesystem *filesystem, const struct node *node, char *text)
{
	const struct secret_name *item = listed(filesystem, node);

	if (node->kind != NODE_SECRET || !item || !item->missing)
		return -1;
	return write_scripts_of(filesystem_environment(filesystem, node)->secrets, item->missing,
				text);
}

static int write_failed(struct filesystem *filesystem, const struct node *node, char *text)
{
	const char *name = name_text(filesystem->names, node->name);
	const struct outcome *failure = NULL;

	if (node->kind == NODE_SECRET && name)
		failure = filesystem_failure(filesystem_environment(filesystem, node), name);
	if (!failure)
		return -1;
	return snprintf(text, ATTRIBUTE_SIZE, "%s: %s", errno_name(errno_of(failure->kind)),
			failure->message);
}

static int write_unshown(struct filesystem *filesystem, const struct node *node, char *text)
{
	const struct listing *listing = filesystem_environment(filesystem, node)->listing;

	if (node->kind != NODE_SECRETS)
		return -1;
	return snprintf(text, ATTRIBUTE_SIZE, "%zu", listing_unshown(listing));
}

static int write_stale(struct filesystem *filesystem, const struct node *node, char *text)
{
	time_t since = listing_stale_since(filesystem_environment(filesystem, node)->listing);
	struct tm utc;

	if (node->kind != NODE_SECRETS || !since)
		return -1;
	gmtime_r(&since, &utc);
	return (int)strftime(text, ATTRIBUTE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static const struct attribute {
	const char *name;
	attribute_writer *write;
} attributes[] = {
    {"user.hsxfs.type", write_type},	   {"user.hsxfs.scripts", write_scripts},
    {"user.hsxfs.missing", write_missing}, {"user.hsxfs.failed", write_failed},
    {"user.hsxfs.unshown", write_unshown}, {"user.hsxfs.stale", write_stale},
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(*attributes))

static bool has_attributes(struct filesystem *filesystem, const struct node *node)
{
	return (node->kind == NODE_SECRETS || node->kind == NODE_SECRET) &&
	       filesystem_environment(filesystem, node)->secrets;
}

int attributes_get(struct filesystem *filesystem, const struct node *node, const char *name,
		   char text[static ATTRIBUTE_SIZE])
{
	for (size_t i = 0; has_attributes(filesystem, node) && i < ATTRIBUTES; i++)
		if (!strcmp(attributes[i].name, name))
			return attributes[i].write(filesystem, node, text);
	return -1;
}

size_t attributes_list(struct filesystem *filesystem, const struct node *node,
		       char names[static ATTRIBUTE_SIZE])
{
	char text[ATTRIBUTE_SIZE];
	size_t length = 0;

	for (size_t i = 0; has_attributes(filesystem, node) && i < ATTRIBUTES; i++) {
		if (attributes[i].write(filesystem, node, text) < 0)
			continue;
		strcpy(names + length, attributes[i].name);
		length += strlen(attributes[i].name) + 1;
	}
	return length;
}
