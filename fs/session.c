/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312
#include "session.h"
#include "face.h"
#include "token_renewal.h"
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct session {
	struct filesystem *filesystem;
	struct keeper *keeper;
	struct face *face;
	struct fuse_session *fuse;
	char *buffer; /* locked where possible, since writes pass through it */
	int signals;
	bool asked_to_end, failed;
};

/* max_write (64 KiB) and the request's headers; the kernel wants at least this. */
#define BUFFER_SIZE ((size_t)(65536 + 4096 + 4096))

/* Requests read before the loop looks at anything else. */
#define REQUESTS_AT_ONCE 32

_Static_assert(sizeof(struct keeper_token) <= BUFFER_SIZE, "a token is received there, too");

static void fail(struct session *session, const char *what)
{
	fprintf(stderr, "hsxfs: error: %s: %s\n", what, strerror(errno));
	session->failed = true;
	loop_stop(session->filesystem->loop);
}

/* False when there is nothing more to read now. */
static bool receive(struct session *session, int fd)
{
	struct fuse_buf request = {.mem = session->buffer};
	ssize_t length = read(fd, session->buffer, BUFFER_SIZE);

	if (length < 0 && (errno == EINTR || errno == ENOENT))
		return true;
	if (length < 0 && errno == EAGAIN)
		return false;
	/* ECONNABORTED where requests were still waiting when it was unmounted. */
	if (length < 0 && (errno == ENODEV || errno == ECONNABORTED)) {
		loop_stop(session->filesystem->loop);
		return false;
	}
	if (length < 0) {
		fail(session, "reading requests");
		return false;
	}
	request.size = (size_t)length;
	fuse_session_process_buf(session->fuse, &request);
	sodium_memzero(session->buffer, (size_t)length);
	if (!fuse_session_exited(session->fuse))
		return true;
	loop_stop(session->filesystem->loop);
	return false;
}

static void on_requests(void *context, int fd, uint32_t events)
{
	struct session *session = context;

	(void)events;
	for (int i = 0; i < REQUESTS_AT_ONCE && receive(session, fd); i++)
		;
}

static void on_signal(void *context, int fd, uint32_t events)
{
	struct session *session = context;
	struct signalfd_siginfo signal;

	(void)events;
	if (read(fd, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return;
	if (signal.ssi_signo == SIGHUP)
		filesystem_refresh(session->filesystem);
	else if (session->asked_to_end || !keeper_unmount(session->keeper))
		loop_stop(session->filesystem->loop);
	session->asked_to_end |= signal.ssi_signo != SIGHUP;
}

static void on_keeper(void *context, int fd, uint32_t events)
{
	const struct node root = {.kind = NODE_ROOT};
	struct session *session = context;
	/* Requests are not being read now, and what they are read into is locked. */
	struct keeper_token *token = (void *)session->buffer;
	enum keeper_news news;

	(void)events;
	while ((news = keeper_receive(session->keeper, token)) == KEEPER_TOKEN)
		token_came(session->filesystem, token);
	sodium_memzero(token, sizeof(*token));
	if (news == KEEPER_GONE) {
		struct outcome outcome =
		    outcome_advise(outcome_make(OUTCOME_LOCAL_ERROR, "the keeper process is gone"),
				   "nobody unmounts now when hsxfs ends: use fusermount3 -u");

		loop_unwatch(session->filesystem->loop, fd);
		filesystem_refuse(session->filesystem, "keep", &root, NULL, &outcome);
	}
}

static bool watch(struct session *session)
{
	struct loop *loop = session->filesystem->loop;
	int fd = fuse_session_fd(session->fuse), flags = fcntl(fd, F_GETFL);
	sigset_t signals;

	/* A connection that closes, or a full disk's limit, is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return false;
	session->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return session->signals >= 0 && flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	       loop_watch(loop, fd, EPOLLIN, on_requests, session) &&
	       loop_watch(loop, session->signals, EPOLLIN, on_signal, session) &&
	       loop_watch(loop, session->keeper->socket, EPOLLIN, on_keeper, session);
}

/* By its source mount(8) knows what it has mounted already. One that an option cannot hold is not
 * named. */
static bool add_arguments(struct fuse_args *arguments, const struct filesystem *filesystem)
{
	const char *source = filesystem->config->path;
	char *list;
	bool added;

	if (strpbrk(source, ",\\"))
		source = "hsxfs";
	if (asprintf(&list, "-ofsname=%s,subtype=hsxfs,%s", source, filesystem->options->kernel) <
	    0)
		return false;
	added = fuse_opt_add_arg(arguments, "hsxfs") == 0 && fuse_opt_add_arg(arguments, list) == 0;
	free(list);
	return added;
}

/* Never called: requests are received here. */
static ssize_t read_request(int fd, void *buffer, size_t size, void *context)
{
	(void)context;
	return read(fd, buffer, size);
}

static bool mount_session(struct session *session, const char *mountpoint)
{
	static const struct fuse_custom_io io = {.writev = face_send, .read = read_request};

	return fuse_session_mount(session->fuse, mountpoint) == 0 &&
	       fuse_session_custom_io(session->fuse, &io, fuse_session_fd(session->fuse)) == 0;
}

static bool open_session(struct session *session)
{
	struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);

	session->face = face_new(session->filesystem);
	if (session->face && add_arguments(&arguments, session->filesystem))
		session->fuse = fuse_session_new(&arguments, &face_operations,
						 sizeof(face_operations), session->face);
	fuse_opt_free_args(&arguments);
	return session->fuse != NULL;
}

struct session *session_mount(struct filesystem *filesystem, struct keeper *keeper,
			      const char *mountpoint)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session) {
		fprintf(stderr, "hsxfs: out of memory\n");
		return NULL;
	}
	session->filesystem = filesystem;
	session->keeper = keeper;
	session->signals = -1;
	session->buffer =
	    mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (session->buffer == MAP_FAILED || !open_session(session) || !keeper_mounting(keeper) ||
	    !mount_session(session, mountpoint)) {
		fprintf(stderr, "hsxfs: %s: could not be mounted\n", mountpoint);
		session->filesystem = NULL;
		session_free(session);
		return NULL;
	}
	filesystem_say_locked(filesystem, sodium_mlock(session->buffer, BUFFER_SIZE) == 0);
	if (keeper_mounted(keeper) && watch(session))
		return session;
	fprintf(stderr, "hsxfs: %s: %s\n", mountpoint, strerror(errno));
	session->filesystem = NULL;
	session_free(session);
	return NULL;
}

bool session_run(struct session *session)
{
	if (!loop_run(session->filesystem->loop))
		fail(session, "waiting for events");
	return !session->failed;
}

static void drop_message(enum fuse_log_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
}

static bool is_mounted(const struct session *session)
{
	struct pollfd end = {.fd = fuse_session_fd(session->fuse)};

	return poll(&end, 1, 0) == 0 || !(end.revents & POLLERR);
}

/* In the sandbox libfuse can neither unmount nor start fusermount3. */
static void unmount(struct session *session)
{
	bool sandboxed = session->filesystem && session->filesystem->sandbox.on;

	if (sandboxed && is_mounted(session) && !keeper_unmount(session->keeper))
		fprintf(stderr, "hsxfs: error: the keeper process is gone, so this stays mounted: "
				"use fusermount3 -u -z\n");
	/* The keeper has unmounted it then: libfuse would only complain that there is nothing. */
	if (sandboxed || session->asked_to_end)
		fuse_set_log_func(drop_message);
	fuse_session_unmount(session->fuse);
}

void session_free(struct session *session)
{
	if (session->fuse)
		unmount(session);
	if (session->filesystem)
		filesystem_free(session->filesystem);
	face_free(session->face);
	if (session->fuse)
		fuse_session_destroy(session->fuse);
	if (session->signals >= 0)
		close(session->signals);
	if (session->buffer != MAP_FAILED) {
		sodium_memzero(session->buffer, BUFFER_SIZE);
		munmap(session->buffer, BUFFER_SIZE);
	}
	free(session);
}
