/* SPDX-License-Identifier: MIT */
#include "attributes.h"
#include "branch.h"
#include "errno_table.h"
#include "flag_listing.h"
#include "installs.h"
#include "journal.h"
#include "routes.h"
#include "scratch.h"
#include "secret_time.h"
#include "stale.h"
#include "value_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Large enough for most values to come in one write(2). */
#define BLOCK_SIZE 65536

/*
 * While somebody appends to it, a file has the length of what was written: the kernel writes
 * there.
 */
static off_t size_of_writable(struct filesystem *filesystem, const struct node *node)
{
	const struct environment_state *environment = filesystem_environment(filesystem, node);
	const char *name = filesystem_name(filesystem, node);
	char line[320];
	int64_t appended;
	size_t length = 0;

	if (!name)
		return 0;
	appended = value_file_length(environment, node->kind, name);
	if (appended >= 0)
		return (off_t)appended;
	if (node->kind == NODE_SECRET)
		return (off_t)value_file_placeholder(name, line);
	free(branch_text(filesystem, node, &length));
	return (off_t)length;
}

static off_t size_of(struct filesystem *filesystem, const struct node *node)
{
	const struct scratch *scratch;
	size_t length = 0;

	if (node_is_directory(node->kind))
		return 0;
	if (node_is_writable(node->kind))
		return size_of_writable(filesystem, node);
	switch (node->kind) {
	case NODE_SCRATCH:
		scratch = scratch_of_node(filesystem->scratch, node);
		return scratch ? (off_t)value_length(scratch_value(scratch)) : 0;
	case NODE_ERRORS:
		return (off_t)error_log_length(filesystem->errors);
	case NODE_AUDIT:
		return filesystem->journal ? journal_size(filesystem->journal) : 0;
	case NODE_STATUS:
		free(filesystem_status(filesystem, &length));
		return (off_t)length;
	default:
		free(branch_text(filesystem, node, &length));
		return (off_t)length;
	}
}

/* Where the children are files, and where they come and go, a directory has its own two links. */
static nlink_t links_of(const struct node *node)
{
	switch (node->kind) {
	case NODE_PROJECT:
		return 2 + ENVIRONMENTS;
	case NODE_ENVIRONMENT:
		return 2 + NODE_INSTALLS - NODE_SECRETS + 1;
	default:
		return node_is_directory(node->kind) ? 2 : 1;
	}
}

static struct timespec time_of(struct filesystem *filesystem, const struct node *node)
{
	if (node->kind == NODE_SECRET || node->kind == NODE_SECRETS)
		return secret_time(filesystem, node);
	return branch_time(filesystem, node);
}

void attributes_stat(struct filesystem *filesystem, const struct node *node, struct stat *status)
{
	struct timespec time = time_of(filesystem, node);

	*status = (struct stat){
	    .st_ino = node_inode(node),
	    .st_mode = node_types[node->kind].mode & ~filesystem->options->umask,
	    .st_nlink = links_of(node),
	    .st_uid = filesystem->options->uid,
	    .st_gid = filesystem->options->gid,
	    .st_size = size_of(filesystem, node),
	    .st_blksize = BLOCK_SIZE,
	    .st_mtim = time,
	    .st_ctim = time,
	    .st_atim = time,
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
	const struct outcome *failure = NULL;
	const char *name;

	if (!node_is_writable(node->kind))
		return -1;
	name = filesystem_name(filesystem, node);
	if (name)
		failure =
		    filesystem_failure(filesystem_environment(filesystem, node), node->kind, name);
	if (!failure)
		return -1;
	return snprintf(text, ATTRIBUTE_SIZE, "%s: %s", errno_name(errno_of(failure->kind)),
			failure->message);
}

static int write_unshown(struct filesystem *filesystem, const struct node *node, char *text)
{
	const struct environment_state *environment;
	size_t unshown;

	if (node->kind != NODE_SECRETS && node->kind != NODE_FLAGS && node->kind != NODE_INSTALLS)
		return -1;
	environment = filesystem_environment(filesystem, node);
	if (node->kind == NODE_FLAGS)
		unshown = flag_listing_unshown(environment->flags);
	else if (node->kind == NODE_INSTALLS)
		unshown = installs_unshown(environment->installs);
	else
		unshown = listing_unshown(environment->listing);
	return snprintf(text, ATTRIBUTE_SIZE, "%zu", unshown);
}

static int write_stale(struct filesystem *filesystem, const struct node *node, char *text)
{
	time_t since = stale_since(filesystem, node);

	return since ? stale_time(since, text) : -1;
}

static int write_set(struct filesystem *filesystem, const struct node *node, char *text)
{
	struct set_time set = {.user = 0};
	struct tm utc;
	size_t length;

	if (node->kind != NODE_SECRET || !secret_last_set(filesystem, node, &set))
		return -1;
	gmtime_r(&set.when.tv_sec, &utc);
	length = strftime(text, ATTRIBUTE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return (int)length + snprintf(text + length, ATTRIBUTE_SIZE - length, " %u", set.user);
}

/* ---- of flags, routes and installs ---- */

static const struct flag *flag_of(struct filesystem *filesystem, const struct node *node)
{
	const char *key = node->kind == NODE_FLAG ? filesystem_interned(filesystem, node) : NULL;

	if (!key)
		return NULL;
	return flag_listing_find(filesystem_environment(filesystem, node)->flags, key, true);
}

static const char *install_state(struct filesystem *filesystem, const struct node *node)
{
	const char *name = filesystem_interned(filesystem, node);
	const struct install *install;
	const char *state;

	if (node->kind != NODE_INSTALL || !name)
		return NULL;
	install = installs_find(filesystem_environment(filesystem, node)->installs, name);
	if (!install)
		return NULL;
	state = install_field(install, INSTALL_STATE);
	return *state ? state : "unknown";
}

static int write_state(struct filesystem *filesystem, const struct node *node, char *text)
{
	const struct flag *flag = flag_of(filesystem, node);
	const char *state = flag ? flag->state : install_state(filesystem, node);

	return state ? snprintf(text, ATTRIBUTE_SIZE, "%.1000s", state) : -1;
}

static int write_version(struct filesystem *filesystem, const struct node *node, char *text)
{
	const struct flag *flag = flag_of(filesystem, node);

	if (!flag || !flag->version)
		return -1;
	return snprintf(text, ATTRIBUTE_SIZE, "%lld", (long long)flag->version);
}

static int write_serving(struct filesystem *filesystem, const struct node *node, char *text)
{
	const char *serving = NULL;

	if (node->kind == NODE_ENVIRONMENT)
		serving = routes_serving(filesystem_project(filesystem, node)->routes);
	return serving ? snprintf(text, ATTRIBUTE_SIZE, "%s", serving) : -1;
}

/* A secrets/ that is empty for good. */
static bool owns_no_script(struct filesystem *filesystem, const struct node *node)
{
	return node->kind == NODE_SECRETS && !filesystem_environment(filesystem, node)->secrets;
}

static int write_reason(struct filesystem *filesystem, const struct node *node, char *text)
{
	struct outcome may_write;
	const char *reason = branch_reason(filesystem, node);

	if (owns_no_script(filesystem, node)) {
		may_write = filesystem_has_secrets(filesystem, node);
		reason = may_write.message;
	}
	return *reason ? snprintf(text, ATTRIBUTE_SIZE, "%s", reason) : -1;
}

static const struct attribute {
	const char *name;
	attribute_writer *write;
} attributes[] = {
    {"user.hsxfs.type", write_type},	   {"user.hsxfs.scripts", write_scripts},
    {"user.hsxfs.missing", write_missing}, {"user.hsxfs.failed", write_failed},
    {"user.hsxfs.unshown", write_unshown}, {"user.hsxfs.stale", write_stale},
    {"user.hsxfs.state", write_state},	   {"user.hsxfs.version", write_version},
    {ATTRIBUTE_SERVING, write_serving},	   {"user.hsxfs.reason", write_reason},
    {"user.hsxfs.set", write_set},
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(*attributes))

/* Of an environment that owns no script secrets/ says why, and nothing else. */
static bool has_attribute(struct filesystem *filesystem, const struct node *node,
			  attribute_writer *write)
{
	if (owns_no_script(filesystem, node))
		return write == write_reason;
	if (node->kind == NODE_SECRET)
		return filesystem_environment(filesystem, node)->secrets != NULL;
	return node->kind != NODE_SCRATCH && node->kind < NODE_STATUS;
}

int attributes_get(struct filesystem *filesystem, const struct node *node, const char *name,
		   char text[static ATTRIBUTE_SIZE])
{
	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (!strcmp(attributes[i].name, name) &&
		    has_attribute(filesystem, node, attributes[i].write))
			return attributes[i].write(filesystem, node, text);
	return -1;
}

size_t attributes_list(struct filesystem *filesystem, const struct node *node,
		       char names[static ATTRIBUTE_SIZE])
{
	char text[ATTRIBUTE_SIZE];
	size_t length = 0;

	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (!has_attribute(filesystem, node, attributes[i].write) ||
		    attributes[i].write(filesystem, node, text) < 0)
			continue;
		strcpy(names + length, attributes[i].name);
		length += strlen(attributes[i].name) + 1;
	}
	return length;
}
