/* SPDX-License-Identifier: MIT */
#include "tree.h"
#include <string.h>

#define DIRECTORY (S_IFDIR | 0777)

const struct node_type node_types[NODE_KINDS] = {
    [NODE_ROOT] = {NULL, DIRECTORY, NODE_NONE},
    [NODE_ACCOUNT] = {NULL, DIRECTORY, NODE_ROOT},
    [NODE_PROJECT] = {NULL, DIRECTORY, NODE_ACCOUNT},
    [NODE_ENVIRONMENT] = {NULL, DIRECTORY, NODE_PROJECT},
    [NODE_SECRETS] = {"secrets", DIRECTORY, NODE_ENVIRONMENT},
    [NODE_FLAGS] = {"flags", DIRECTORY, NODE_ENVIRONMENT},
    [NODE_ROUTES] = {"routes", DIRECTORY, NODE_ENVIRONMENT},
    [NODE_INSTALLS] = {"installs", DIRECTORY, NODE_ENVIRONMENT},
    [NODE_APP] = {NULL, DIRECTORY, NODE_INSTALLS},
    [NODE_SECRET] = {NULL, S_IFREG | 0666, NODE_SECRETS},
    [NODE_SCRATCH] = {NULL, S_IFREG | 0666, NODE_SECRETS},
    [NODE_FLAG] = {NULL, S_IFREG | 0666, NODE_FLAGS},
    [NODE_ACTIVE] = {"active", S_IFREG | 0666, NODE_ROUTES},
    [NODE_PREVIOUS] = {"previous", S_IFREG | 0444, NODE_ROUTES},
    [NODE_REASON] = {"reason", S_IFREG | 0444, NODE_ROUTES},
    [NODE_UPDATED] = {"updated", S_IFREG | 0444, NODE_ROUTES},
    [NODE_DEPLOYS] = {".deploys", S_IFREG | 0444, NODE_ROUTES},
    [NODE_INSTALL] = {NULL, S_IFREG | 0444, NODE_INSTALLS},
    [NODE_STATUS] = {".status", S_IFREG | 0444, NODE_NONE},
    [NODE_ERRORS] = {".errors", S_IFREG | 0444, NODE_NONE},
    [NODE_AUDIT] = {".audit", S_IFREG | 0400, NODE_NONE},
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

bool node_is_named(enum node_kind kind)
{
	return kind == NODE_SECRET || kind == NODE_FLAG || kind == NODE_INSTALL || kind == NODE_APP;
}

bool node_is_writable(enum node_kind kind)
{
	return kind == NODE_SECRET || kind == NODE_FLAG || kind == NODE_ACTIVE;
}

bool node_is_shown(enum node_kind kind)
{
	return kind >= NODE_FLAG && kind <= NODE_INSTALL;
}

bool node_is_directory(enum node_kind kind)
{
	return S_ISDIR(node_types[kind].mode);
}

struct node node_control(const struct node *directory, const char *name)
{
	struct node node = {.kind = NODE_NONE};

	if (!strcmp(name, node_types[NODE_STATUS].name)) {
		node.kind = NODE_STATUS;
	} else if (!strcmp(name, node_types[NODE_ERRORS].name)) {
		node.kind = NODE_ERRORS;
	} else if (directory->kind == NODE_ROOT && !strcmp(name, node_types[NODE_AUDIT].name)) {
		node.kind = NODE_AUDIT;
	} else if (directory->kind == NODE_ROUTES && !strcmp(name, node_types[NODE_DEPLOYS].name)) {
		node = *directory;
		node.kind = NODE_DEPLOYS;
	}
	return node;
}

struct node node_parent(const struct node *node)
{
	struct node parent = *node;

	parent.kind = node_types[node->kind].parent;
	parent.name = 0;
	return parent;
}
