/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FUZZ_HTTP_H
#define HSXFS_FUZZ_HTTP_H

#include "../../../backends/http.h"
#include "fuzz.h"

/*
 * Stands for backends/http.c in the fuzz targets: nothing is sent, and what a server answers is part
 * of the input.
 */

/* The request that has waited longest: "METHOD path", borrowed; NULL if none waits. */
const char *fuzz_http_waiting(const struct http *http);

/*
 * Answers that request. The first byte says the status, or that there was no answer; the second,
 * by its bits, whether the content type is JSON and whether the request was repeated; the rest is
 * the body. False if none waits.
 */
bool fuzz_http_answer(struct http *http, struct fuzz_input answer);

/* Runs what the loop has to do now, and returns. */
void fuzz_loop_turn(struct loop *loop);

#endif
