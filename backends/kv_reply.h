/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_KV_REPLY_H
#define HSXFS_KV_REPLY_H

#include "http.h"
#include <jansson.h>

/*
 * Reads an answer of Workers KV: as cloudflare_envelope, with what the numbers mean there. (A value
 * that is read comes without an envelope; only errors have one then.)
 */
struct outcome kv_outcome(const struct http_reply *reply, json_t **envelope);

#endif
