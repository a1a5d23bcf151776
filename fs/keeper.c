/* SPDX-License-Identifier: MIT */
#include "keeper.h"
#include "../backends/loop.h"
#include "sanitized.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Two sockets, each message a record of SOCK_SEQPACKET, which keeps its length: on the first one
 * orders go to the keeper, and tokens come back whenever they are there; on the second one
 * questions are answered at once.
 */
enum kind {
	MOUNTING = 'n',
	MOUNTED = 'm',
	UNMOUNT = 'u',
	STOP = 'q',
	TOKEN = 't',
	INTENT = 'i',
	PROGRAM = 'p'
};

struct request {
	int kind;
	unsigned number; /* of the token, or the thread's id */
	unsigned serial;
};

/* Before a token, or what is wrong with it. */
struct token_head {
	unsigned number, found;
};

/* Before the name of a program. */
struct reply_head {
	unsigned serial;
	int result;
};

struct kept {
	const struct config *config;
	const char *mountpoint;
	int before; /* the id of what was mounted there when it started, 0: nothing of ours */
	int mount;  /* the id of the daemon's, 0: not told yet */
	bool mounting;
	int orders, questions;
};

#define ORDERS (STDERR_FILENO + 1)
#define QUESTIONS (STDERR_FILENO + 2)

/*
 * Milliseconds that the daemon waits for what takes some microseconds, unless the machine is very
 * busy: for one answer, and for all of a second, since nobody else is served meanwhile.
 */
#define QUESTION_LIMIT 50
#define SECOND_LIMIT 100

/* ---- in the keeper ---- */

/* mountinfo(5) writes space, tab, newline and backslash of a path as three octal digits. */
static bool same_path(const char *escaped, const char *path)
{
	for (; *escaped && *escaped != ' '; path++) {
		unsigned character = (unsigned char)*escaped++;

		if (character == '\\') {
			if (sscanf(escaped, "%3o", &character) != 1)
				return false;
			escaped += 3;
		}
		if ((unsigned char)*path != character)
			return false;
	}
	return !*path;
}

int keeper_mount_at(const char *path)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	while (mounts && getline(&line, &size, mounts) > 0) {
		int id, place = 0;

		if (sscanf(line, "%d %*d %*s %*s %n", &id, &place) == 1 && place > 0 &&
		    same_path(line + place, path))
			found = strstr(line, " - fuse.hsxfs ") ? id : 0;
	}
	free(line);
	if (mounts)
		fclose(mounts);
	return found;
}

/* Ctrl-C in a terminal, a shutdown and systemd signal all processes at once. */
static void set_signals(void (*disposition)(int))
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};
	sigset_t none;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], disposition);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* fusermount3 is set-uid: that is why the keeper cannot have no_new_privs, as the daemon has. */
static void run_fusermount(const char *mountpoint)
{
	pid_t pid = fork();

	if (pid == 0) {
		set_signals(SIG_DFL);
		execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", mountpoint, NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* A daemon that was killed while it mounted could not say so: then it is the one that is new. */
static void unmount(const struct kept *kept)
{
	int there = keeper_mount_at(kept->mountpoint);
	bool ours = kept->mount ? there == kept->mount : kept->mounting && there != kept->before;

	if (there && ours)
		run_fusermount(kept->mountpoint);
}

static void send_token(int socket, unsigned number, bool found, const char *text, size_t length)
{
	struct token_head token_head = {number, found};
	struct iovec parts[] = {{&token_head, sizeof(token_head)}, {(void *)text, length}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void read_token(const struct kept *kept, unsigned number)
{
	bool locked, insecure;
	char hint[TOKEN_HINT_SIZE] = "no memory";
	struct arena *arena = arena_new(4 * TOKEN_CEILING, &locked);
	struct value *token = NULL;

	if (arena)
		token = token_read(token_config(kept->config, number), arena, hint, &insecure);
	if (token)
		send_token(kept->orders, number, true, value_bytes(token), value_length(token));
	else
		send_token(kept->orders, number, false, hint, strlen(hint));
	value_free(token);
	arena_free(arena);
}

/* In a process of its own, since a command may take its 30 s, and the token is gone with it. */
static void renew_token(const struct kept *kept, unsigned number)
{
	pid_t pid;

	if (number >= token_count(kept->config))
		return;
	pid = fork();
	if (pid == 0) {
		set_signals(SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		read_token(kept, number);
		check_for_leaks();
		_exit(0);
	}
	if (pid < 0)
		send_token(kept->orders, number, false, strerror(errno), strlen(strerror(errno)));
}

/* False when it is over. */
static bool obey(struct kept *kept)
{
	struct request request = {0};
	ssize_t length = recv(kept->orders, &request, sizeof(request), 0);

	if (length < 0 && errno == EINTR)
		return true;
	if (length <= 0) {
		unmount(kept);
		return false;
	}
	if (request.kind == MOUNTING)
		kept->mounting = true;
	else if (request.kind == MOUNTED)
		kept->mount = keeper_mount_at(kept->mountpoint);
	else if (request.kind == UNMOUNT)
		unmount(kept);
	else if (request.kind == TOKEN)
		renew_token(kept, request.number);
	return request.kind != STOP;
}

/* The daemon cannot ask /proc itself: Landlock, and for root the loss of its capabilities, keep what
 * ptrace(2) may see from it. */
static void answer(struct kept *kept)
{
	struct request request = {0};
	ssize_t length = recv(kept->questions, &request, sizeof(request), 0);
	struct reply_head head = {.serial = request.serial};
	char program[CALLER_PROGRAM_SIZE] = "";
	struct iovec parts[] = {{&head, sizeof(head)}, {program, sizeof(program)}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (length == 0)
		kept->questions = -1;
	if (length <= 0)
		return;
	if (request.kind == INTENT)
		head.result = (int)caller_intent((pid_t)request.number);
	else
		head.result = caller_program((pid_t)request.number, program);
	parts[1].iov_len = strlen(program) + 1;
	(void)!sendmsg(kept->questions, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void keep(struct kept *kept)
{
	bool over = false;

	while (!over) {
		struct pollfd ready[] = {{.fd = kept->questions, .events = POLLIN},
					 {.fd = kept->orders, .events = POLLIN}};

		if (poll(ready, 2, -1) < 0)
			continue;
		if (ready[0].revents)
			answer(kept);
		if (ready[1].revents)
			over = !obey(kept);
	}
}

static void reap(int signal_number)
{
	int number = errno;

	(void)signal_number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = number;
}

/*
 * Lets go of everything else: whoever started the daemon may wait for the end of its output, or of
 * the pipe that says that it is mounted.
 */
static bool keep_only(int orders, int questions)
{
	int nowhere = open("/dev/null", O_RDWR);
	bool good = nowhere >= 0;

	orders = fcntl(orders, F_DUPFD_CLOEXEC, QUESTIONS + 1);
	questions = fcntl(questions, F_DUPFD_CLOEXEC, QUESTIONS + 1);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		good = good && dup2(nowhere, fd) == fd;
	return good && dup3(orders, ORDERS, O_CLOEXEC) == ORDERS &&
	       dup3(questions, QUESTIONS, O_CLOEXEC) == QUESTIONS &&
	       close_range(QUESTIONS + 1, ~0u, 0) == 0;
}

/* Its session is its own, so that at the end token commands that still run can be ended with it. */
static void be_the_keeper(const struct config *config, const char *mountpoint, int orders,
			  int questions)
{
	struct kept kept = {
	    .config = config, .mountpoint = mountpoint, .orders = ORDERS, .questions = QUESTIONS};
	struct sigaction child = {.sa_handler = reap};

	token_forget_variables(config);
	kept.before = keeper_mount_at(mountpoint);
	set_signals(SIG_IGN);
	if (setsid() < 0 || sigaction(SIGCHLD, &child, NULL) < 0 || !keep_only(orders, questions) ||
	    chdir("/") < 0)
		_exit(1);
	prctl(PR_SET_NAME, "hsxfs-keeper");
	keep(&kept);
	check_for_leaks();
	kill(0, SIGKILL);
}

/* ---- in the daemon ---- */

static bool make_sockets(int orders[2], int questions[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, orders) < 0)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, questions) == 0)
		return true;
	close(orders[0]);
	close(orders[1]);
	return false;
}

bool keeper_start(struct keeper *keeper, const struct config *config, const char *mountpoint)
{
	int orders[2], questions[2];

	if (!make_sockets(orders, questions))
		return false;
	keeper->pid = fork();
	if (keeper->pid == 0) {
		close(orders[0]);
		close(questions[0]);
		be_the_keeper(config, mountpoint, orders[1], questions[1]);
	}
	close(orders[1]);
	close(questions[1]);
	keeper->socket = orders[0];
	keeper->questions = questions[0];
	keeper->serial = 0;
	keeper->second = keeper->waited = 0;
	if (keeper->pid > 0)
		return true;
	close(orders[0]);
	close(questions[0]);
	return false;
}

/* Never waits. */
static bool send_request(int socket, enum kind kind, unsigned number, unsigned serial)
{
	struct request request = {.kind = kind, .number = number, .serial = serial};

	return send(socket, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) ==
	       (ssize_t)sizeof(request);
}

bool keeper_mounting(struct keeper *keeper)
{
	return send_request(keeper->socket, MOUNTING, 0, 0);
}

bool keeper_mounted(struct keeper *keeper)
{
	return send_request(keeper->socket, MOUNTED, 0, 0);
}

bool keeper_unmount(struct keeper *keeper)
{
	return send_request(keeper->socket, UNMOUNT, 0, 0);
}

bool keeper_ask_token(struct keeper *keeper, unsigned number)
{
	return send_request(keeper->socket, TOKEN, number, 0);
}

enum keeper_news keeper_receive(struct keeper *keeper, struct keeper_token *token)
{
	struct token_head token_head = {0};
	struct iovec parts[] = {{&token_head, sizeof(token_head)},
				{token->text, sizeof(token->text) - 1}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t length = recvmsg(keeper->socket, &message, MSG_DONTWAIT);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return KEEPER_SILENT;
	if (length < (ssize_t)sizeof(token_head))
		return KEEPER_GONE;
	token->number = token_head.number;
	token->found = token_head.found;
	token->length = (size_t)length - sizeof(token_head);
	token->text[token->length] = '\0';
	return KEEPER_TOKEN;
}

/* False if there is no answer to this question now. */
static bool receive_reply(struct keeper *keeper, int wait, int *result, char *program, size_t size)
{
	struct reply_head head;
	struct iovec parts[] = {{&head, sizeof(head)}, {program, size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	struct pollfd ready = {.fd = keeper->questions, .events = POLLIN};

	if (wait < 0 || poll(&ready, 1, wait) != 1 ||
	    recvmsg(keeper->questions, &message, MSG_DONTWAIT) <= (ssize_t)sizeof(head))
		return false;
	*result = head.result;
	return head.serial == keeper->serial;
}

/* How long an answer may take now. */
static int64_t patience(struct keeper *keeper)
{
	int64_t left;

	if (loop_now() - keeper->second >= 1000) {
		keeper->second = loop_now();
		keeper->waited = 0;
	}
	left = SECOND_LIMIT - keeper->waited;
	return left < QUESTION_LIMIT ? left : QUESTION_LIMIT;
}

/* An answer that came too late, to an earlier question, is passed over. */
static bool ask(struct keeper *keeper, enum kind kind, pid_t thread, int *result, char *program,
		size_t size)
{
	int64_t start = loop_now(), end = start + patience(keeper);
	bool answered = false;

	if (end <= start ||
	    !send_request(keeper->questions, kind, (unsigned)thread, ++keeper->serial))
		return false;
	while (!answered && loop_now() <= end)
		answered = receive_reply(keeper, (int)(end - loop_now()), result, program, size);
	keeper->waited += loop_now() - start;
	return answered;
}

enum caller_intent keeper_caller_intent(struct keeper *keeper, pid_t thread)
{
	char nothing[1];
	int result;

	if (!ask(keeper, INTENT, thread, &result, nothing, sizeof(nothing)))
		return INTENT_UNKNOWN;
	return (enum caller_intent)result;
}

bool keeper_caller_program(struct keeper *keeper, pid_t thread,
			   char program[static CALLER_PROGRAM_SIZE])
{
	int result;

	program[0] = '\0';
	return ask(keeper, PROGRAM, thread, &result, program, CALLER_PROGRAM_SIZE) && result;
}

void keeper_stop(struct keeper *keeper)
{
	/* A keeper that is gone already is as good. */
	(void)!send_request(keeper->socket, STOP, 0, 0);
	close(keeper->socket);
	close(keeper->questions);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
