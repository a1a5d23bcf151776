/* SPDX-License-Identifier: MIT */
#include "tree.h"
#include <string.h>

const struct node_type node_types[NODE_KINDS] = {
    [NODE_ROOT] = {NULL, S_IFDIR | 0777},	  [NODE_ACCOUNT] = {NULL, S_IFDIR | 0777},
    [NODE_PROJECT] = {NULL, S_IFDIR | 0777},	  [NODE_ENVIRONMENT] = {NULL, S_IFDIR | 0777},
    [NODE_SECRETS] = {"secrets", S_IFDIR | 0777}, [NODE_FLAGS] = {"flags", S_IFDIR | 0777},
    [NODE_ROUTES] = {"routes", S_IFDIR | 0777},	  [NODE_INSTALLS] = {"installs", S_IFDIR | 0777},
    [NODE_SECRET] = {NULL, S_IFREG | 0666},	  [NODE_SCRATCH] = {NULL, S_IFREG | 0666},
    [NODE_STATUS] = {".status", S_IFREG | 0444},  [NODE_ERRORS] = {".errors", S_IFREG | 0444},
};

uint64_t node_inode(const struct node *node)
{
	return (uint64_t)node->kind | (uint64_t)node->environment << 8 |
	       (uint64_t)node->index << 10 | (uint64_t)node->name << 32;
}

struct node node_of_inode(uint64_t inode)
{
	struct node node = {
	    .kind = (enum node_kind)(inode & 0xff),
	    .environment = (unsigned)(inode >> 8 & 3),
	    .index = (unsigned)(inode >> 10 & TREE_INDEX_MAX),
	    .name = (uint32_t)(inode >> 32),
	};

	if (node.kind >= NODE_KINDS)
		node.kind = NODE_NONE;
	return node;
}

bool node_is_directory(enum node_kind kind)
{
	return S_ISDIR(node_types[kind].mode);
}

enum node_kind node_control_kind(const char *name)
{
	if (!strcmp(name, node_types[NODE_STATUS].name))
		return NODE_STATUS;
	if (!strcmp(name, node_types[NODE_ERRORS].name))
		return NODE_ERRORS;
	return NODE_NONE;
}
