/* SPDX-License-Identifier: MIT */
#include "../../fs/journal_line.h"
#include "../../backends/json_io.h"
#include "../../backends/wipe.h"
#include "lib/fuzz.h"
#include <string.h>

/* A line that is read in place says what jansson reads in it. */

static void compare(json_t *json, const char *name, const char *text)
{
	const char *expected = json_string_value(json_object_get(json, name));

	MUST(!text == !expected && (!text || !strcmp(text, expected)));
}

static void compare_all(const struct journal_line *line, json_t *json)
{
	json_t *scripts = json_object_get(json, "scripts");

	MUST(json_is_object(json));
	compare(json, "kind", line->kind);
	compare(json, "id", line->id);
	compare(json, "time", line->time);
	compare(json, "mount", line->mount);
	compare(json, "operation", line->operation);
	compare(json, "path", line->path);
	compare(json, "account", line->account);
	compare(json, "outcome", line->outcome);
	compare(json, "file", line->file);
	MUST(line->uid == json_integer_value(json_object_get(json, "uid")));
	MUST(line->nanoseconds == json_integer_value(json_object_get(json, "nanoseconds")));
	MUST(line->script_count == json_array_size(scripts));
	for (size_t i = 0; i < line->script_count; i++)
		MUST(!strcmp(line->scripts[i], json_string_value(json_array_get(scripts, i))));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct journal_line line;
	json_t *json;

	if (!wipe_install())
		return 0;
	MUST(journal_line_read(&line, (const char *)bytes, length));
	MUST(!line.text || !line.json);
	if (line.text) {
		json = json_read((const char *)bytes, length, 0, NULL);
		compare_all(&line, json);
		json_decref(json);
	}
	journal_line_end(&line);
	return 0;
}
