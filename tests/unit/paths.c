/* SPDX-License-Identifier: MIT */
#include "../../backends/dotenv_file.h"
#include "../../backends/path_walk.h"
#include "../../backends/trusted_path.h"
#include "unit.h"
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Paths with links, and what of them is cut nowhere. */

static char root[] = "/tmp/hsxfs-paths-XXXXXX", here[PATH_MAX];

/* "./" as often, then the name: a link's text is long where its file is near. */
static void make_link(const char *name, size_t dots, const char *target)
{
	char text[PATH_MAX] = "";

	for (size_t i = 0; i < dots; i++)
		strcat(text, "./");
	CHECK(symlink(strcat(text, target), name) == 0);
}

static void check_found(const char *path, const char *expected)
{
	char whole[PATH_MAX + 20], *file = NULL;
	struct outcome outcome = dotenv_file_find(path, NULL, &file);

	snprintf(whole, sizeof(whole), "%s/%s", here, expected);
	CHECK(outcome.kind == OUTCOME_OK);
	CHECK_TEXT(file, whole);
	free(file);
}

static void check_not_found(const char *path, const char *problem)
{
	char *file = NULL;
	struct outcome outcome = dotenv_file_find(path, NULL, &file);

	CHECK(outcome.kind == OUTCOME_LOCAL_ERROR && !file);
	if (!strstr(outcome.message, problem))
		printf("%s\n", outcome.message);
	CHECK(strstr(outcome.message, problem));
}

static void test_found(void)
{
	make_link("near", 0, "real/file");
	make_link("far", 1500, "real/file");
	make_link("real/up", 0, "../near");
	check_found("real/file", "real/file");
	check_found("near", "real/file");
	check_found("real/../real//./up", "real/file");
	check_found("real/nothing", "real/nothing");
	check_found("far", "real/file");
}

static void test_not_found(void)
{
	char path[PATH_MAX] = "directory";

	make_link("circle", 0, "circle");
	check_not_found("circle", "Too many levels of symbolic links");
	make_link("longest", 2040, "deep/nothing");
	check_found("longest", "deep/nothing");
	/* Together they are longer than a path may be. */
	make_link("directory", 2045, "deep");
	while (strlen(path) < 3000)
		strcat(path, "/.");
	check_not_found(path, "cannot follow directory/./");
	memset(path, 'x', 300);
	path[300] = '\0';
	check_not_found(path, "cannot follow xxx");
	check_not_found("directory/nothing", "File name too long");
}

static void test_trusted(void)
{
	char problem[TRUSTED_PATH_PROBLEM_SIZE];

	CHECK(chmod("real", 0755) == 0);
	CHECK(trusted_path("far", problem));
	CHECK_TEXT(problem, "");
	CHECK(chmod("real", 0777) == 0);
	CHECK(!trusted_path("near", problem));
	CHECK(strstr(problem, "/real is a directory that others can write to"));
	CHECK(!trusted_path("far", problem));
	CHECK(strstr(problem, "/real is a directory that others can write to"));
	CHECK(!trusted_path("circle", problem));
	CHECK(strstr(problem, "/circle Too many levels of symbolic links"));
	CHECK(trusted_path("nothing/at/all", problem));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int main(void)
{
	CHECK(mkdtemp(root) && chdir(root) == 0 && getcwd(here, sizeof(here)));
	CHECK(mkdir("real", 0755) == 0 && mkdir("deep", 0755) == 0);
	test_found();
	test_not_found();
	test_trusted();
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return unit_result();
}
