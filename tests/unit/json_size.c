/* SPDX-License-Identifier: MIT */
#include "../../backends/json_size.h"
#include "unit.h"

/* How much is parsed: of one text, and of several that are kept together. */

int main(void)
{
	static char objects[100001];
	struct json_size size = {0, 0};

	memset(objects, '[', sizeof(objects) - 1);
	CHECK(json_is_modest(objects, sizeof(objects) - 1));
	CHECK(json_size_add(&size, objects, sizeof(objects) - 1));
	CHECK(!json_size_add(&size, objects, sizeof(objects) - 1));
	size = (struct json_size){0, 0};
	for (int i = 0; i < 12; i++)
		CHECK(json_size_add(&size, objects, 10000));
	CHECK(json_size_add(&size, "\"[{,\\\"[\"", 9));
	CHECK(!json_size_add(&size, "{", 1));
	return unit_result();
}
