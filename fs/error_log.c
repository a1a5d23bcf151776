/* SPDX-License-Identifier: MIT */
#include "error_log.h"
#include "../backends/json_io.h"
#include "errno_table.h"
#include "json_text.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct error_log {
	char *lines[ERROR_LOG_LINES];
	size_t next; /* where the next line goes */
	size_t length;
	bool echo;
};

struct error_log *error_log_new(void)
{
	return calloc(1, sizeof(struct error_log));
}

void error_log_free(struct error_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < ERROR_LOG_LINES; i++)
		free(log->lines[i]);
	free(log);
}

void error_log_echo(struct error_log *log)
{
	log->echo = true;
}

static json_t *time_json(void)
{
	char text[40];
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

static char *format(const char *operation, const char *path, const struct outcome *outcome)
{
	json_t *line = json_object();
	bool ok = line != NULL;
	char *text;

	ok = ok && json_object_set_new(line, "time", time_json()) == 0;
	ok = ok && json_object_set_new(line, "operation", json_string(operation)) == 0;
	ok = ok && json_object_set_new(line, "path", json_text(path)) == 0;
	if (ok && outcome->kind != OUTCOME_OK)
		ok = json_object_set_new(line, "errno",
					 json_string(errno_name(errno_of(outcome->kind)))) == 0;
	if (ok && outcome->http_status)
		ok = json_object_set_new(line, "http", json_integer(outcome->http_status)) == 0;
	if (ok && outcome->code)
		ok = json_object_set_new(line, "code", json_integer(outcome->code)) == 0;
	ok = ok && json_object_set_new(line, "message", json_text(outcome->message)) == 0;
	if (ok && outcome->advice[0])
		ok = json_object_set_new(line, "advice", json_text(outcome->advice)) == 0;
	text = ok ? json_write(line, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(line);
	return text;
}

void error_log_add(struct error_log *log, const char *operation, const char *path,
		   const struct outcome *outcome)
{
	char *line = format(operation, path, outcome);

	if (!line)
		return;
	if (log->echo)
		fprintf(stderr, "hsxfs: %s %s\n", outcome->kind == OUTCOME_OK ? "noted" : "refused",
			line);
	if (log->lines[log->next]) {
		log->length -= strlen(log->lines[log->next]) + 1;
		free(log->lines[log->next]);
	}
	log->lines[log->next] = line;
	log->length += strlen(line) + 1;
	log->next = (log->next + 1) % ERROR_LOG_LINES;
}

size_t error_log_length(const struct error_log *log)
{
	return log->length;
}

char *error_log_text(const struct error_log *log, size_t *length)
{
	char *text = malloc(log->length + 1), *end = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < ERROR_LOG_LINES; i++) {
		const char *line = log->lines[(log->next + i) % ERROR_LOG_LINES];

		if (!line)
			continue;
		end = stpcpy(end, line);
		*end++ = '\n';
	}
	*length = log->length;
	return text;
}
