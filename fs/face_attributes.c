/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "attributes.h"
#include "branch.h"
#include "face_parts.h"
#include "lookup.h"
#include <errno.h>
#include <string.h>

static void reply_sized(fuse_req_t request, const char *bytes, size_t length, size_t room)
{
	if (room == 0)
		fuse_reply_xattr(request, length);
	else if (length > room)
		fuse_reply_err(request, ERANGE);
	else
		fuse_reply_buf(request, bytes, length);
}

static void reply_attribute(fuse_req_t request, const struct node *node, const char *name,
			    size_t size)
{
	char text[ATTRIBUTE_SIZE];
	int length = attributes_get(face_filesystem(request), node, name, text);

	if (length < 0)
		fuse_reply_err(request, ENODATA);
	else
		reply_sized(request, text, (size_t)length, size);
}

static void reply_attribute_names(fuse_req_t request, const struct node *node, size_t size)
{
	char names[ATTRIBUTE_SIZE];
	size_t length = attributes_list(face_filesystem(request), node, names);

	reply_sized(request, names, length, size);
}

static void serving_came(void *context, const struct outcome *outcome)
{
	struct parked *parked = context;

	if (outcome->kind != OUTCOME_OK && parked->name) {
		face_refuse_parked(parked, "getxattr", outcome);
		return;
	}
	if (parked->request && parked->name)
		reply_attribute(parked->request, &parked->node, parked->name, parked->size);
	else if (parked->request)
		reply_attribute_names(parked->request, &parked->node, parked->size);
	parking_remove(parked);
}

/* What an environment serves comes with its routes. name: of the attribute, NULL for all names. */
static void wait_for_serving(fuse_req_t request, const struct node *node, const char *name,
			     size_t size)
{
	struct node routes = *node;
	struct parked *parked = face_park(request, node, name);

	if (!parked)
		return;
	parked->size = size;
	routes.kind = NODE_ROUTES;
	branch_wait(face_filesystem(request), &routes, NULL, serving_came, parked);
}

void face_getxattr(fuse_req_t request, fuse_ino_t inode, const char *name, size_t size)
{
	struct node node = node_of_inode(inode);

	lookup_follows(face_filesystem(request), &node);
	if (node.kind == NODE_ENVIRONMENT && !strcmp(name, ATTRIBUTE_SERVING))
		wait_for_serving(request, &node, name, size);
	else
		reply_attribute(request, &node, name, size);
}

void face_listxattr(fuse_req_t request, fuse_ino_t inode, size_t size)
{
	struct node node = node_of_inode(inode);

	lookup_follows(face_filesystem(request), &node);
	if (node.kind == NODE_ENVIRONMENT)
		wait_for_serving(request, &node, NULL, size);
	else
		reply_attribute_names(request, &node, size);
}

void face_setxattr(fuse_req_t request, fuse_ino_t inode, const char *name, const char *value,
		   size_t size, int flags)
{
	(void)inode;
	(void)name;
	(void)value;
	(void)size;
	(void)flags;
	fuse_reply_err(request, ENOTSUP);
}

void face_removexattr(fuse_req_t request, fuse_ino_t inode, const char *name)
{
	(void)inode;
	(void)name;
	fuse_reply_err(request, ENOTSUP);
}
