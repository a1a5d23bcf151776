/* SPDX-License-Identifier: MIT */
#include "journal.h"
#include "../backends/json_io.h"
#include "../backends/trusted_path.h"
#include "config_reader.h"
#include "errno_table.h"
#include "journal_file.h"
#include "json_text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ID_SIZE 17 /* 16 hexadecimal digits and a NUL */

struct journal {
	struct journal_file file;
	unsigned char key[crypto_generichash_KEYBYTES];
	char mount[ID_SIZE];
	char mount_lock[40];
	int lock; /* on mount_lock */
};

static bool say(char *problem, const char *directory, const char *what, const char *mend)
{
	snprintf(problem, JOURNAL_PROBLEM_SIZE, "%.300s: %s%s%s", directory, what,
		 *mend ? "; " : "", mend);
	return false;
}

/* ---- the directory ---- */

#define OTHER_DIRECTORY "name another directory with -o state="

/* On these, locks and fdatasync(2) do not mean what the journal needs them to mean. */
static bool is_network_filesystem(int directory)
{
	static const unsigned types[] = {
	    0x6969,	/* nfs */
	    0x517b,	/* smb */
	    0xfe534d42, /* smb2 */
	    0xff534d42, /* cifs */
	    0x65735546, /* fuse: sshfs and others; also hsxfs itself */
	    0x5346414f, /* afs */
	    0x73757245, /* coda */
	    0x01021997, /* 9p */
	    0x00c36400, /* ceph */
	    0x0bd00bd0, /* lustre */
	};
	struct statfs status;

	if (fstatfs(directory, &status) < 0)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if ((unsigned)status.f_type == types[i])
			return true;
	return false;
}

static bool check_directory(int directory, const char *path, char *problem)
{
	struct stat status;

	if (fstat(directory, &status) < 0)
		return say(problem, path, strerror(errno), OTHER_DIRECTORY);
	if (status.st_uid != geteuid())
		return say(problem, path, "belongs to another user", OTHER_DIRECTORY);
	if (status.st_mode & 022)
		return say(problem, path, "others can write to it", "chmod go-w it");
	if (is_network_filesystem(directory))
		return say(problem, path,
			   "is on a network file system, where the journal of changes is not safe",
			   OTHER_DIRECTORY);
	return true;
}

/* Makes the directory with those above it. */
static bool make_directories(const char *path)
{
	char *copy = strdup(path);
	bool made = copy != NULL;

	for (char *slash = copy; made && (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		made = mkdir(copy, 0700) == 0 || errno == EEXIST;
		*slash = '/';
	}
	made = made && (mkdir(copy, 0700) == 0 || errno == EEXIST);
	free(copy);
	return made;
}

static int open_directory(const char *path, bool make, char *problem)
{
	char mistrust[TRUSTED_PATH_PROBLEM_SIZE];
	int directory = -1;

	if (!trusted_path(path, mistrust)) {
		say(problem, path, mistrust, OTHER_DIRECTORY);
		return -1;
	}
	if (!make || make_directories(path))
		directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		say(problem, path, strerror(errno), OTHER_DIRECTORY);
	if (directory < 0 || check_directory(directory, path, problem))
		return directory;
	close(directory);
	return -1;
}

char *journal_default_directory(void)
{
	const char *state = getenv("STATE_DIRECTORY"), *base = getenv("XDG_STATE_HOME");
	const char *home = home_directory();
	char *path;

	if (state && state[0] == '/')
		return strndup(state, strcspn(state, ":"));
	if (base && base[0] == '/')
		return asprintf(&path, "%s/hsxfs", base) < 0 ? NULL : path;
	if (home)
		return asprintf(&path, "%s/.local/state/hsxfs", home) < 0 ? NULL : path;
	return NULL;
}

/* ---- the key, and the mount's lock ---- */

/* A key that is cut short was never used: it is used once it is on the disk. */
static bool read_key(struct journal *journal, int fd)
{
	size_t length = 0;
	ssize_t got = 1;

	while (got > 0 && length < sizeof(journal->key)) {
		got =
		    pread(fd, journal->key + length, sizeof(journal->key) - length, (off_t)length);
		length += got > 0 ? (size_t)got : 0;
	}
	if (got < 0 || length == sizeof(journal->key))
		return got >= 0;
	randombytes_buf(journal->key, sizeof(journal->key));
	return pwrite(fd, journal->key, sizeof(journal->key), 0) == (ssize_t)sizeof(journal->key) &&
	       fdatasync(fd) == 0;
}

static bool get_key(struct journal *journal)
{
	int fd = openat(journal->file.directory, "fingerprint.key",
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good = fd >= 0 && flock(fd, LOCK_EX) == 0 && read_key(journal, fd);

	if (fd >= 0)
		close(fd);
	return good;
}

static void random_id(char id[static ID_SIZE])
{
	unsigned char bytes[(ID_SIZE - 1) / 2];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(id, ID_SIZE, bytes, sizeof(bytes));
}

static bool lock_mount(struct journal *journal)
{
	random_id(journal->mount);
	snprintf(journal->mount_lock, sizeof(journal->mount_lock), "mount-%s.lock", journal->mount);
	journal->lock = openat(journal->file.directory, journal->mount_lock,
			       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return journal->lock >= 0 && flock(journal->lock, LOCK_EX | LOCK_NB) == 0;
}

/* ---- what earlier mounts have left ---- */

static bool is_alive(const struct journal *journal, const char *mount)
{
	char name[80];
	bool alive;
	int fd;

	if (strlen(mount) != ID_SIZE - 1 || strspn(mount, "0123456789abcdef") != ID_SIZE - 1)
		return false;
	snprintf(name, sizeof(name), "mount-%s.lock", mount);
	fd = openat(journal->file.directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	alive = flock(fd, LOCK_EX | LOCK_NB) < 0;
	if (!alive)
		unlinkat(journal->file.directory, name, 0);
	close(fd);
	return alive;
}

/* Removes the locks of mounts that are no more. */
static bool sweep_locks(const struct journal *journal)
{
	int fd = openat(journal->file.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	char mount[ID_SIZE];
	struct dirent *entry;
	int end;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((entry = readdir(directory))) {
		end = 0;
		if (sscanf(entry->d_name, "mount-%16[0-9a-f].lock%n", mount, &end) == 1 && end &&
		    !entry->d_name[end] && strcmp(mount, journal->mount) != 0)
			(void)!is_alive(journal, mount);
	}
	closedir(directory);
	return true;
}

/* Under the journal's lock, so that no mount is taken for dead before it has its own. */
static bool take_place(struct journal *journal)
{
	bool good;

	if (!journal_file_lock(&journal->file))
		return false;
	good = lock_mount(journal) && sweep_locks(journal);
	journal_file_unlock(&journal->file);
	return good;
}

static bool note_unknown(struct journal *journal, const char *id)
{
	json_t *line = json_pack("{s:s, s:s}", "kind", "unknown", "id", id);

	return line && journal_file_append(&journal->file, line, false);
}

static const char *text_or_none(const char *text)
{
	return text ? text : "";
}

static bool end_open_intents(struct journal *journal, const struct journal_past *past,
			     journal_unfinished *unfinished, void *context)
{
	const struct journal_line *intent;
	bool good = true;

	for (size_t i = 0; good && (intent = journal_past_open_intent(past, i)); i++) {
		if (is_alive(journal, text_or_none(intent->mount)))
			continue;
		good = note_unknown(journal, intent->id);
		unfinished(context, text_or_none(intent->operation), text_or_none(intent->path));
	}
	return good;
}

static bool begin(struct journal *journal, struct journal_past *past,
		  journal_unfinished *unfinished, void *context)
{
	json_t *mounted;

	if (!get_key(journal) || !take_place(journal))
		return false;
	mounted = json_pack("{s:s, s:s, s:i}", "kind", "mounted", "mount", journal->mount, "pid",
			    (int)getpid());
	return mounted && journal_file_append(&journal->file, mounted, true) &&
	       journal_past_begin(past, journal->file.directory) &&
	       end_open_intents(journal, past, unfinished, context);
}

struct journal *journal_open(const char *path, struct journal_past *past,
			     journal_unfinished *unfinished, void *context,
			     char problem[static JOURNAL_PROBLEM_SIZE])
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int directory = open_directory(path, true, problem);

	if (!journal)
		say(problem, path, "no memory for the journal of changes", "");
	if (!journal || directory < 0 || !journal_file_open(&journal->file, directory)) {
		if (journal && directory >= 0)
			say(problem, path, strerror(errno), OTHER_DIRECTORY);
		else if (directory >= 0)
			close(directory);
		free(journal);
		return NULL;
	}
	journal->lock = -1;
	if (begin(journal, past, unfinished, context))
		return journal;
	if (errno == EWOULDBLOCK)
		say(problem, path, "another process holds the lock of the journal of changes",
		    "see who has audit.lock open (fuser)");
	else
		say(problem, path, strerror(errno), "the journal of changes must be writable");
	journal_close(journal);
	return NULL;
}

void journal_look(const char *path, struct journal_past *past)
{
	char problem[JOURNAL_PROBLEM_SIZE];
	int directory = open_directory(path, false, problem);

	if (directory < 0)
		return;
	/* What it could not read stays unknown. */
	(void)!journal_past_begin(past, directory);
	close(directory);
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->lock >= 0) {
		unlinkat(journal->file.directory, journal->mount_lock, 0);
		close(journal->lock);
	}
	journal_file_close(&journal->file);
	sodium_memzero(journal->key, sizeof(journal->key));
	free(journal);
}

/* ---- lines ---- */

static struct outcome failure(void)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return outcome_advise(
		    outcome_make(OUTCOME_NO_SPACE, "the journal of changes: %s", strerror(errno)),
		    "nothing was sent; make room in the state directory, then write again");
	if (errno == EWOULDBLOCK)
		return outcome_advise(
		    outcome_make(OUTCOME_CONFLICT,
				 "the journal of changes: another process holds its lock"),
		    "nothing was sent; see who has audit.lock open (fuser), then write again");
	return outcome_advise(
	    outcome_make(OUTCOME_LOCAL_ERROR, "the journal of changes: %s", strerror(errno)),
	    "nothing was sent; mend the state directory, then write again");
}

static json_t *script_list(const struct journal_intent *intent)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < intent->script_count; i++)
		if (json_array_append_new(list, json_text(intent->scripts[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* Gives up a line that would lack a member for want of memory. */
static json_t *with_member(json_t *line, const char *name, json_t *value)
{
	if (line && json_object_set_new(line, name, value) == 0)
		return line;
	if (!line)
		json_decref(value);
	json_decref(line);
	return NULL;
}

static json_t *intent_line(const struct journal *journal, const struct journal_intent *intent,
			   const char *id)
{
	json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:o, s:o}", "kind", "intent", "id",
				 id, "mount", journal->mount, "uid", (json_int_t)intent->user,
				 "pid", (json_int_t)intent->pid, "operation", intent->operation,
				 "path", json_text(intent->path), "scripts", script_list(intent));

	if (intent->account)
		line = with_member(line, "account", json_text(intent->account));
	if (intent->program)
		line = with_member(line, "program", json_text(intent->program));
	if (intent->deploy)
		line = with_member(line, "deploy", json_text(intent->deploy));
	if (intent->state)
		line = with_member(line, "state", json_text(intent->state));
	if (!intent->has_value)
		return line;
	line = with_member(line, "written", json_integer((json_int_t)intent->written));
	line = with_member(line, "stored", json_integer((json_int_t)intent->stored));
	return with_member(line, "fingerprint", json_string(intent->fingerprint));
}

static void write_id(uint64_t number, char id[static ID_SIZE])
{
	snprintf(id, ID_SIZE, "%016llx", (unsigned long long)number);
}

struct outcome journal_intend(struct journal *journal, const struct journal_intent *intent,
			      uint64_t *id)
{
	char text[ID_SIZE];
	json_t *line;

	randombytes_buf(id, sizeof(*id));
	write_id(*id, text);
	line = intent_line(journal, intent, text);
	if (!line)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for the journal of changes");
	if (!journal_file_append(&journal->file, line, true))
		return failure();
	return (struct outcome){.kind = OUTCOME_OK};
}

/*
 * The clock that the kernel takes for the times of files: whatever is touched after this is not
 * older.
 */
static struct timespec time_of_files(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

bool journal_give_up(struct journal *journal, uint64_t id)
{
	char text[ID_SIZE];

	write_id(id, text);
	return note_unknown(journal, text);
}

bool journal_conclude(struct journal *journal, uint64_t id, const struct outcome *outcome,
		      struct timespec *when)
{
	const char *name = outcome->kind == OUTCOME_OK ? "OK" : errno_name(errno_of(outcome->kind));
	char text[ID_SIZE];
	json_t *line;

	write_id(id, text);
	*when = time_of_files();
	line = json_pack("{s:o, s:s, s:s, s:s}", "time", journal_time(when->tv_sec), "kind",
			 "outcome", "id", text, "outcome", name);
	if (outcome->http_status)
		line = with_member(line, "http", json_integer(outcome->http_status));
	if (outcome->code)
		line = with_member(line, "code", json_integer(outcome->code));
	if (outcome->request_id[0])
		line = with_member(line, "request_id", json_text(outcome->request_id));
	line = with_member(line, "nanoseconds", json_integer(when->tv_nsec));
	return line && journal_file_append(&journal->file, line, false);
}

void journal_fingerprint(const struct journal *journal, const char *bytes, size_t length,
			 char text[static JOURNAL_FINGERPRINT_SIZE])
{
	unsigned char sum[(JOURNAL_FINGERPRINT_SIZE - 1) / 2];

	crypto_generichash(sum, sizeof(sum), (const unsigned char *)bytes, length, journal->key,
			   sizeof(journal->key));
	sodium_bin2hex(text, JOURNAL_FINGERPRINT_SIZE, sum, sizeof(sum));
}

off_t journal_size(const struct journal *journal)
{
	struct stat status;

	return fstat(journal->file.file, &status) < 0 ? -1 : status.st_size;
}

ssize_t journal_read(const struct journal *journal, char *buffer, size_t size, off_t offset)
{
	return pread(journal->file.file, buffer, size, offset);
}
