/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "mount.h"
#include "../../../fs/commit.h"
#include "../../../fs/face.h"
#include "../../../fs/tree.h"
#include "caller.h"
#include "http.h"
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <sys/uio.h>

/* As in fs/session.c. */
#define BUFFER_SIZE ((size_t)(65536 + 4096 + 4096))

enum { NODES_MAX = 64, HANDLES_MAX = 32, REQUESTS_MAX = 400, USER = 1000 };

struct known_node {
	uint64_t inode, lookups;
};

struct known_handle {
	uint64_t handle, inode;
	bool directory;
	uint32_t access; /* O_RDONLY, O_WRONLY or O_RDWR */
};

/* What waits for its answer. */
struct waiting {
	uint32_t opcode, size, access;
	uint64_t inode, offset;
	int handle; /* its place, -1: none */
	bool open;
};

struct fuzz_mount {
	struct filesystem *filesystem;
	struct face *face;
	struct fuse_session *session;
	struct known_node nodes[NODES_MAX];
	struct known_handle handles[HANDLES_MAX];
	struct waiting requests[REQUESTS_MAX + HANDLES_MAX]; /* by their number, `unique' */
	size_t request_count, waiting;
	bool interrupted, ended;
	char *buffer;
};

struct filesystem *fuzz_mount_filesystem(struct fuzz_mount *mount)
{
	return mount->filesystem;
}

/* ---- what was told ---- */

static void know_node(struct fuzz_mount *mount, uint64_t inode)
{
	struct known_node *place = NULL;

	MUST(node_of_inode(inode).kind != NODE_NONE);
	for (int i = 0; i < NODES_MAX; i++) {
		if (mount->nodes[i].lookups && mount->nodes[i].inode == inode) {
			mount->nodes[i].lookups++;
			return;
		}
		if (!mount->nodes[i].lookups && !place)
			place = &mount->nodes[i];
	}
	/* One that is not remembered is never used, and not forgotten before the unmount. */
	if (place)
		*place = (struct known_node){inode, 1};
}

static void know_handle(struct fuzz_mount *mount, const struct waiting *request, uint64_t inode,
			const struct fuse_open_out *opened)
{
	for (int i = 0; i < HANDLES_MAX; i++) {
		if (mount->handles[i].inode)
			continue;
		mount->handles[i] = (struct known_handle){
		    opened->fh, inode, request->opcode == FUSE_OPENDIR, request->access};
		return;
	}
	MUST(!"more handles than were asked for");
}

static size_t handles_open(const struct fuzz_mount *mount)
{
	size_t count = 0;

	for (int i = 0; i < HANDLES_MAX; i++)
		count += mount->handles[i].inode != 0;
	for (size_t i = 0; i < mount->request_count; i++)
		count += mount->requests[i].open;
	return count;
}

/* ---- answers ---- */

static void check_name(const char *name, size_t length)
{
	MUST(length > 0 && length <= 255 && !memchr(name, '/', length) &&
	     !memchr(name, '\0', length));
}

static void take_entries(struct fuzz_mount *mount, const char *bytes, size_t length, bool plus)
{
	while (length) {
		struct fuse_entry_out entry = {0};
		struct fuse_dirent header;
		size_t before = plus ? sizeof(entry) : 0, size;
		const char *name = bytes + before + FUSE_NAME_OFFSET;

		MUST(length >= before + FUSE_NAME_OFFSET);
		memcpy(&entry, bytes, before);
		memcpy(&header, bytes + before, FUSE_NAME_OFFSET);
		size = FUSE_DIRENT_ALIGN(before + FUSE_NAME_OFFSET + header.namelen);
		MUST(size <= length);
		check_name(name, header.namelen);
		if (plus && entry.nodeid && strncmp(name, ".", header.namelen) != 0 &&
		    strncmp(name, "..", header.namelen) != 0)
			know_node(mount, entry.nodeid);
		bytes += size;
		length -= size;
	}
}

static void take_entry(struct fuzz_mount *mount, const char *body, size_t length)
{
	struct fuse_entry_out entry;

	MUST(length >= sizeof(entry));
	memcpy(&entry, body, sizeof(entry));
	if (entry.nodeid)
		know_node(mount, entry.nodeid);
}

static void take_open(struct fuzz_mount *mount, struct waiting *request, const char *body,
		      size_t length)
{
	size_t before = request->opcode == FUSE_CREATE ? sizeof(struct fuse_entry_out) : 0;
	struct fuse_entry_out entry = {.nodeid = request->inode};
	struct fuse_open_out opened;

	MUST(length == before + sizeof(opened));
	memcpy(&entry, body, before);
	memcpy(&opened, body + before, sizeof(opened));
	request->open = false;
	know_handle(mount, request, entry.nodeid, &opened);
	if (before)
		know_node(mount, entry.nodeid);
}

/* A value is never read again. */
static void check_read(const struct waiting *request, const char *body, size_t length)
{
	size_t common = strlen(PLACEHOLDER_PREFIX);

	MUST(length <= request->size);
	if (node_of_inode(request->inode).kind != NODE_SECRET)
		return;
	MUST(length <= 320);
	MUST(request->offset ||
	     !memcmp(body, PLACEHOLDER_PREFIX, length < common ? length : common));
}

static void take_body(struct fuzz_mount *mount, struct waiting *request, const char *body,
		      size_t length)
{
	struct fuse_write_out written;

	switch (request->opcode) {
	case FUSE_LOOKUP:
		MUST(length == sizeof(struct fuse_entry_out));
		take_entry(mount, body, length);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
	case FUSE_CREATE:
		take_open(mount, request, body, length);
		break;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		MUST(length == sizeof(struct fuse_attr_out));
		break;
	case FUSE_READ:
		check_read(request, body, length);
		break;
	case FUSE_READDIR:
	case FUSE_READDIRPLUS:
		MUST(length <= request->size);
		take_entries(mount, body, length, request->opcode == FUSE_READDIRPLUS);
		break;
	case FUSE_WRITE:
		MUST(length == sizeof(written));
		memcpy(&written, body, sizeof(written));
		MUST(written.size == request->size);
		break;
	case FUSE_GETXATTR:
	case FUSE_LISTXATTR:
		MUST(request->size ? length <= request->size
				   : length == sizeof(struct fuse_getxattr_out));
		break;
	case FUSE_STATFS:
		MUST(length == sizeof(struct fuse_statfs_out));
		break;
	default:
		MUST(length == 0 || request->opcode == FUSE_INIT);
	}
}

static void end_request(struct fuzz_mount *mount, struct waiting *request)
{
	*request = (struct waiting){.handle = -1};
	mount->waiting--;
}

static void take_answer(struct fuzz_mount *mount, const char *answer, size_t length)
{
	struct fuse_out_header header;
	struct waiting *request;

	MUST(length >= sizeof(header));
	memcpy(&header, answer, sizeof(header));
	MUST(header.len == length && header.error <= 0 && header.error > -4096);
	MUST(header.unique > 0 && header.unique <= mount->request_count);
	request = &mount->requests[header.unique - 1];
	MUST(request->opcode);
	if (mount->ended) {
		end_request(mount, request);
		return;
	}
	if (header.error) {
		MUST(length == sizeof(header) && header.error != -EAGAIN);
		MUST(mount->interrupted || (header.error != -EINTR && header.error != -ECANCELED));
	} else {
		take_body(mount, request, answer + sizeof(header), length - sizeof(header));
	}
	end_request(mount, request);
}

/* libfuse hands its user data to an answer's taker, and that is the face's. */
static struct fuzz_mount *mounted;

static ssize_t answered(int fd, struct iovec *parts, int count, void *context)
{
	char *answer;
	size_t length = 0, used = 0;

	(void)fd;
	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	answer = malloc(length ? length : 1);
	MUST(answer);
	for (int i = 0; i < count; i++) {
		if (parts[i].iov_len)
			memcpy(answer + used, parts[i].iov_base, parts[i].iov_len);
		used += parts[i].iov_len;
	}
	(void)context;
	take_answer(mounted, answer, length);
	free(answer);
	/* The kernel takes no more answers then, and nobody has the handles in them. */
	if (mounted->ended) {
		errno = ENOENT;
		return -1;
	}
	return (ssize_t)length;
}

static ssize_t never_read(int fd, void *buffer, size_t size, void *context)
{
	(void)fd;
	(void)buffer;
	(void)size;
	(void)context;
	errno = ENODEV;
	return -1;
}

/* ---- sending ---- */

/* The body's rest is zero, as the daemon's buffer is. */
static void send_request(struct fuzz_mount *mount, struct waiting request, const void *body,
			 size_t length, uint8_t who)
{
	struct fuse_in_header header = {.len = (uint32_t)(sizeof(header) + length),
					.opcode = request.opcode,
					.nodeid = request.inode,
					.unique = mount->request_count + 1,
					.uid = who & 0x80 ? USER + 1 : USER,
					.gid = USER,
					.pid = (uint32_t)(who & 0x7f) + 1};
	struct fuse_buf buffer = {.mem = mount->buffer, .size = header.len};

	MUST(header.len <= BUFFER_SIZE);
	if (request.opcode == FUSE_FORGET || request.opcode == FUSE_BATCH_FORGET ||
	    request.opcode == FUSE_INTERRUPT)
		request.opcode = 0;
	else
		mount->waiting++;
	mount->requests[mount->request_count++] = request;
	memcpy(mount->buffer, &header, sizeof(header));
	memcpy(mount->buffer + sizeof(header), body, length);
	fuse_session_process_buf(mount->session, &buffer);
	memset(mount->buffer, 0, header.len);
}

static const struct known_node *pick_node(struct fuzz_mount *mount, struct fuzz_input *input)
{
	const struct known_node *node = &mount->nodes[fuzz_byte(input) % NODES_MAX];

	return node->lookups ? node : &mount->nodes[0];
}

static const struct known_node *pick_directory(struct fuzz_mount *mount, struct fuzz_input *input)
{
	const struct known_node *node = pick_node(mount, input);

	return node_is_directory(node_of_inode(node->inode).kind) ? node : &mount->nodes[0];
}

/* One that was not opened for it is never read or written: without: the access that it must not have. */
static const struct known_handle *pick_handle(struct fuzz_mount *mount, struct fuzz_input *input,
					      bool directory, uint32_t without)
{
	unsigned first = fuzz_byte(input);

	for (unsigned i = 0; i < HANDLES_MAX; i++) {
		const struct known_handle *handle = &mount->handles[(first + i) % HANDLES_MAX];

		if (handle->inode && handle->directory == directory && handle->access != without)
			return handle;
	}
	return NULL;
}

enum { ANY_ACCESS = O_ACCMODE };

static bool is_busy(const struct fuzz_mount *mount, int handle)
{
	for (size_t i = 0; i < mount->request_count; i++)
		if (mount->requests[i].opcode && mount->requests[i].handle == handle)
			return true;
	return false;
}

/* As the kernel passes names: no slash, not `.` or `..`, at most 255 bytes. */
static size_t read_name(struct fuzz_input *input, char name[static 256])
{
	struct fuzz_input part = fuzz_part(input);
	size_t length = part.length < 255 ? part.length : 255;

	if (length)
		memcpy(name, part.bytes, length);
	for (size_t i = 0; i < length; i++)
		if (!name[i] || name[i] == '/')
			name[i] = '_';
	if (!length || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))) {
		strcpy(name, "KEY");
		length = 3;
	}
	name[length] = '\0';
	return length + 1;
}

static uint32_t read_flags(struct fuzz_input *input)
{
	static const uint32_t flags[] = {O_WRONLY, O_RDWR,     O_TRUNC,	   O_EXCL,
					 O_APPEND, O_NONBLOCK, O_NOFOLLOW, O_SYNC};
	uint8_t bits = fuzz_byte(input);
	uint32_t chosen = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (bits & 1u << i)
			chosen |= flags[i];
	return (chosen & O_ACCMODE) == O_ACCMODE ? chosen & ~(uint32_t)O_WRONLY : chosen;
}

/* An offset or a length, small ones more often. */
static uint64_t read_number(struct fuzz_input *input)
{
	uint8_t low = fuzz_byte(input);

	if (low < 0xf0)
		return low;
	if (low < 0xfd)
		return (uint64_t)(low & 0x0f) << 12 | fuzz_byte(input);
	return low == 0xfd ? INT64_MAX - fuzz_byte(input) : 1ull << (fuzz_byte(input) % 63);
}

static void send_named(struct fuzz_mount *mount, struct fuzz_input *input, uint32_t opcode)
{
	struct waiting request = {.opcode = opcode, .handle = -1};
	char name[256];
	uint8_t who = fuzz_byte(input);
	size_t size;

	request.inode = pick_directory(mount, input)->inode;
	size = read_name(input, name);
	send_request(mount, request, name, size, who);
}

static void send_create(struct fuzz_mount *mount, struct fuzz_input *input)
{
	struct waiting request = {.opcode = FUSE_CREATE, .handle = -1, .open = true};
	struct fuse_create_in in = {.mode = S_IFREG | 0600};
	char body[sizeof(in) + 256];
	uint8_t who = fuzz_byte(input);
	size_t size;

	if (handles_open(mount) == HANDLES_MAX)
		return;
	request.inode = pick_directory(mount, input)->inode;
	in.flags = read_flags(input) | O_CREAT;
	request.access = in.flags & O_ACCMODE;
	memcpy(body, &in, sizeof(in));
	size = sizeof(in) + read_name(input, body + sizeof(in));
	send_request(mount, request, body, size, who);
}

static void send_open(struct fuzz_mount *mount, struct fuzz_input *input, uint32_t opcode)
{
	struct waiting request = {.opcode = opcode, .handle = -1, .open = true};
	struct fuse_open_in in = {0};
	uint8_t who = fuzz_byte(input);

	if (handles_open(mount) == HANDLES_MAX)
		return;
	request.inode = pick_node(mount, input)->inode;
	in.flags = opcode == FUSE_OPENDIR ? 0 : read_flags(input);
	request.access = in.flags & O_ACCMODE;
	if (node_is_directory(node_of_inode(request.inode).kind) == (opcode == FUSE_OPENDIR))
		send_request(mount, request, &in, sizeof(in), who);
}

static void send_read(struct fuzz_mount *mount, struct fuzz_input *input, uint32_t opcode)
{
	const struct known_handle *handle =
	    pick_handle(mount, input, opcode != FUSE_READ, O_WRONLY);
	struct waiting request = {.opcode = opcode};
	struct fuse_read_in in = {0};

	if (!handle)
		return;
	in.fh = handle->handle;
	request.offset = in.offset = read_number(input);
	request.size = in.size = (uint32_t)(16 + (read_number(input) & 0x1ffff));
	request.inode = handle->inode;
	request.handle = (int)(handle - mount->handles);
	/* The kernel reads a directory one request at a time. */
	if (opcode == FUSE_READ || !is_busy(mount, request.handle))
		send_request(mount, request, &in, sizeof(in), 0);
}

static void send_write(struct fuzz_mount *mount, struct fuzz_input *input)
{
	const struct known_handle *handle = pick_handle(mount, input, false, O_RDONLY);
	struct waiting request = {.opcode = FUSE_WRITE};
	struct fuse_write_in in = {0};
	uint8_t who = fuzz_byte(input), times;
	struct fuzz_input part;
	char *body;

	if (!handle)
		return;
	in.fh = handle->handle;
	in.offset = read_number(input);
	times = fuzz_byte(input);
	part = fuzz_part(input);
	/* Longer values without long inputs. */
	times = part.length && times > 0xf0 ? (uint8_t)(times - 0xef) : 1;
	in.size = (uint32_t)(part.length * times > 65536 ? 65536 : part.length * times);
	request.size = in.size;
	request.inode = handle->inode;
	request.handle = (int)(handle - mount->handles);
	body = malloc(sizeof(in) + in.size);
	MUST(body);
	memcpy(body, &in, sizeof(in));
	for (size_t i = 0; i < in.size; i++)
		body[sizeof(in) + i] = (char)part.bytes[i % part.length];
	if (in.size)
		send_request(mount, request, body, sizeof(in) + in.size, who);
	free(body);
}

/* FLUSH, FSYNC, RELEASE and their like for directories: all begin with the handle. */
static void send_handle(struct fuzz_mount *mount, struct fuzz_input *input, uint32_t opcode)
{
	bool directory = opcode == FUSE_RELEASEDIR || opcode == FUSE_FSYNCDIR;
	const struct known_handle *handle = pick_handle(mount, input, directory, ANY_ACCESS);
	struct waiting request = {.opcode = opcode};
	struct fuse_release_in in = {0};
	uint8_t who = fuzz_byte(input);

	if (!handle)
		return;
	in.fh = handle->handle;
	request.inode = handle->inode;
	request.handle = (int)(handle - mount->handles);
	if (opcode == FUSE_RELEASE || opcode == FUSE_RELEASEDIR) {
		if (is_busy(mount, request.handle))
			return;
		mount->handles[request.handle].inode = 0;
		request.handle = -1;
	}
	send_request(mount, request, &in, sizeof(in), who);
}

static void send_setattr(struct fuzz_mount *mount, struct fuzz_input *input)
{
	const struct known_node *node = pick_node(mount, input);
	const struct known_handle *handle = pick_handle(mount, input, false, O_RDONLY);
	struct waiting request = {.opcode = FUSE_SETATTR, .inode = node->inode, .handle = -1};
	struct fuse_setattr_in in = {.valid = fuzz_byte(input)};

	in.valid &= ~(uint32_t)FATTR_FH;
	if (handle && handle->inode == node->inode && in.valid & FATTR_SIZE) {
		in.valid |= FATTR_FH;
		in.fh = handle->handle;
		request.handle = (int)(handle - mount->handles);
	}
	in.size = read_number(input);
	in.uid = fuzz_byte(input);
	in.mode = S_IFREG | (uint32_t)read_number(input);
	in.mtime = read_number(input);
	send_request(mount, request, &in, sizeof(in), 0);
}

static void send_sized(struct fuzz_mount *mount, struct fuzz_input *input, uint32_t opcode)
{
	struct waiting request = {.opcode = opcode, .handle = -1};
	struct fuse_getxattr_in in = {0};
	char body[sizeof(in) + 256];

	request.inode = pick_node(mount, input)->inode;
	request.size = in.size = (uint32_t)read_number(input) & 0xffff;
	memcpy(body, &in, sizeof(in));
	send_request(mount, request, body, sizeof(in) + read_name(input, body + sizeof(in)), 0);
}

static void send_rename(struct fuzz_mount *mount, struct fuzz_input *input)
{
	struct waiting request = {.opcode = FUSE_RENAME2, .handle = -1};
	struct fuse_rename2_in in = {0};
	char body[sizeof(in) + 512];
	uint8_t who = fuzz_byte(input);
	size_t size = sizeof(in);

	request.inode = pick_directory(mount, input)->inode;
	in.newdir = pick_directory(mount, input)->inode;
	in.flags = fuzz_byte(input) & 7;
	memcpy(body, &in, sizeof(in));
	size += read_name(input, body + size);
	size += read_name(input, body + size);
	send_request(mount, request, body, size, who);
}

/* A node that is open, or that something waits for, is not forgotten. */
static bool is_held(const struct fuzz_mount *mount, uint64_t inode)
{
	for (int i = 0; i < HANDLES_MAX; i++)
		if (mount->handles[i].inode == inode)
			return true;
	for (size_t i = 0; i < mount->request_count; i++)
		if (mount->requests[i].opcode && mount->requests[i].inode == inode)
			return true;
	return inode == FUSE_ROOT_ID;
}

static void send_forget(struct fuzz_mount *mount, struct fuzz_input *input, bool batch)
{
	struct known_node *node = &mount->nodes[fuzz_byte(input) % NODES_MAX];
	struct waiting request = {.opcode = batch ? FUSE_BATCH_FORGET : FUSE_FORGET,
				  .inode = batch ? 0 : node->inode,
				  .handle = -1};
	struct {
		struct fuse_batch_forget_in batch;
		struct fuse_forget_one one;
	} several = {{.count = 1}, {node->inode, node->lookups}};
	struct fuse_forget_in in = {node->lookups};

	if (!node->lookups || is_held(mount, node->inode))
		return;
	if (batch)
		send_request(mount, request, &several, sizeof(several), 0);
	else
		send_request(mount, request, &in, sizeof(in), 0);
	*node = (struct known_node){0};
}

/* From when a caller is dying or has pressed Ctrl-C, answers may say so. */
void fuzz_mount_caller(struct fuzz_mount *mount, uint8_t bits)
{
	enum caller_fate fate = (enum caller_fate)(bits & 3);

	mount->interrupted |= fate == CALLER_DIES || fate == CALLER_CANCELS;
	fuzz_caller_set(fate, (enum caller_intent)((bits >> 2) % 3));
}

static void send_interrupt(struct fuzz_mount *mount, struct fuzz_input *input)
{
	struct waiting request = {.opcode = FUSE_INTERRUPT, .handle = -1};
	uint8_t which = fuzz_byte(input), how = fuzz_byte(input);
	struct fuse_interrupt_in in = {0};

	fuzz_mount_caller(mount, how);
	for (size_t i = 0; i < mount->request_count; i++)
		if (mount->requests[i].opcode && which-- == 0)
			in.unique = i + 1;
	if (!in.unique)
		return;
	mount->interrupted = true;
	send_request(mount, request, &in, sizeof(in), 0);
}

/* Requests whose body may be anything. */
static void send_raw(struct fuzz_mount *mount, struct fuzz_input *input)
{
	static const uint32_t opcodes[] = {FUSE_MKDIR,
					   FUSE_RMDIR,
					   FUSE_MKNOD,
					   FUSE_SYMLINK,
					   FUSE_LINK,
					   FUSE_SETXATTR,
					   FUSE_READLINK,
					   FUSE_REMOVEXATTR,
					   FUSE_ACCESS,
					   FUSE_STATFS,
					   FUSE_GETLK,
					   FUSE_SETLK,
					   FUSE_BMAP,
					   FUSE_IOCTL,
					   FUSE_POLL,
					   FUSE_LSEEK,
					   FUSE_COPY_FILE_RANGE,
					   FUSE_FALLOCATE,
					   FUSE_SYNCFS,
					   FUSE_GETATTR,
					   FUSE_TMPFILE,
					   200,
					   UINT32_MAX};
	struct waiting request = {.handle = -1};
	struct fuzz_input part;

	request.opcode = opcodes[fuzz_byte(input) % (sizeof(opcodes) / sizeof(*opcodes))];
	request.inode = pick_node(mount, input)->inode;
	part = fuzz_part(input);
	if (part.length > 1024)
		part.length = 1024;
	send_request(mount, request, part.length ? (const char *)part.bytes : "", part.length, 0);
}

void fuzz_mount_request(struct fuzz_mount *mount, uint8_t letter, struct fuzz_input *input)
{
	static const struct {
		void (*send)(struct fuzz_mount *mount, struct fuzz_input *input, uint32_t opcode);
		uint32_t opcode;
	} sized[] = {{send_named, FUSE_LOOKUP},	     {send_named, FUSE_UNLINK},
		     {send_open, FUSE_OPEN},	     {send_open, FUSE_OPENDIR},
		     {send_read, FUSE_READ},	     {send_read, FUSE_READDIR},
		     {send_read, FUSE_READDIRPLUS},  {send_handle, FUSE_FLUSH},
		     {send_handle, FUSE_FSYNC},	     {send_handle, FUSE_RELEASE},
		     {send_handle, FUSE_RELEASEDIR}, {send_handle, FUSE_FSYNCDIR},
		     {send_sized, FUSE_GETXATTR},    {send_sized, FUSE_LISTXATTR}};
	static void (*const others[])(struct fuzz_mount *, struct fuzz_input *) = {
	    send_create, send_write, send_setattr, send_rename, send_interrupt, send_raw};
	size_t count = sizeof(sized) / sizeof(*sized), more = sizeof(others) / sizeof(*others);
	size_t kind = (size_t)(uint8_t)(letter - 'A') % (count + more + 2);

	if (mount->request_count == REQUESTS_MAX)
		return;
	if (kind < count)
		sized[kind].send(mount, input, sized[kind].opcode);
	else if (kind < count + more)
		others[kind - count](mount, input);
	else
		send_forget(mount, input, kind > count + more);
}

/* ---- the mount itself ---- */

static void send_init(struct fuzz_mount *mount)
{
	struct fuse_init_in in = {.major = FUSE_KERNEL_VERSION,
				  .minor = 36,
				  .max_readahead = 131072,
				  .flags = FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES |
					   FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO |
					   FUSE_PARALLEL_DIROPS};
	struct waiting request = {.opcode = FUSE_INIT, .handle = -1};

	send_request(mount, request, &in, sizeof(in), 0);
	MUST(mount->waiting == 0);
}

struct fuzz_mount *fuzz_mount_new(const struct config *config, const struct options *options)
{
	static const struct fuse_custom_io io = {.writev = answered, .read = never_read};
	static char *words[] = {(char *)"hsxfs", (char *)"-ofsname=hsxfs"};
	struct fuse_args arguments = FUSE_ARGS_INIT(2, words);
	struct fuzz_mount *mount = calloc(1, sizeof(*mount));

	MUST(mount && (mount->buffer = calloc(1, BUFFER_SIZE)));
	mount->filesystem = filesystem_new(config, options, "/mnt");
	MUST(mount->filesystem && (mount->face = face_new(mount->filesystem)));
	mount->session =
	    fuse_session_new(&arguments, &face_operations, sizeof(face_operations), mount->face);
	fuse_opt_free_args(&arguments);
	MUST(mount->session && fuse_session_custom_io(mount->session, &io,
						      open("/dev/null", O_RDWR | O_CLOEXEC)) == 0);
	mounted = mount;
	mount->nodes[0] = (struct known_node){FUSE_ROOT_ID, 1};
	fuzz_caller_set(CALLER_LIVES, INTENT_OTHER);
	send_init(mount);
	return mount;
}

/* The kernel unmounts when all is closed; a close waits for what waits for the servers. */
static void close_all(struct fuzz_mount *mount)
{
	struct filesystem *filesystem = mount->filesystem;
	struct fuzz_input refused = {(const uint8_t *)"b", 1};

	for (int i = 0; i < HANDLES_MAX; i++) {
		struct known_handle *handle = &mount->handles[i];
		struct fuse_release_in in = {.fh = handle->handle};
		struct waiting request = {.opcode =
					      handle->directory ? FUSE_RELEASEDIR : FUSE_RELEASE,
					  .inode = handle->inode,
					  .handle = -1};

		for (int turns = 0; is_busy(mount, i); turns++) {
			MUST(turns < 10000);
			fuzz_http_answer(filesystem->http, refused);
			fuzz_loop_turn(filesystem->loop);
		}
		if (handle->inode)
			send_request(mount, request, &in, sizeof(in), 0);
	}
}

/* As session_free does it. */
void fuzz_mount_free(struct fuzz_mount *mount)
{
	close_all(mount);
	mount->ended = true;
	filesystem_free(mount->filesystem);
	face_free(mount->face);
	MUST(mount->waiting == 0);
	fuse_session_destroy(mount->session);
	free(mount->buffer);
	free(mount);
}
