/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* A TCP relay that breaks HTTP exchanges on command; README.md says how. */

#define LINKS_MAX 256
#define BUFFER_SIZE ((size_t)64 * 1024)

enum fault {
	FAULT_NONE,
	FAULT_CUT_REQUEST,
	FAULT_CUT_ANSWER,
	FAULT_STALL,
	FAULT_GARBAGE,
	FAULT_HALF_HEADERS,
	FAULT_CLOSE,
	FAULT_RESET,
};

struct options {
	struct sockaddr_in listen, to;
	const char *url_file;
	enum fault fault;
	size_t after;	    /* bytes that pass before the fault */
	bool reset;	    /* close with a TCP reset */
	long on_request;    /* of each connection, 0 for all */
	const char *method; /* of the requests, NULL for all */
	long times;	    /* exchanges still to be broken, -1 for all */
	bool help;
};

struct buffer {
	char data[BUFFER_SIZE];
	size_t size;
};

/* Where in a request its bytes are. */
enum place { PLACE_BETWEEN, PLACE_HEAD, PLACE_BODY, PLACE_CHUNKS };

struct link {
	int client, server; /* -1 once closed */
	struct buffer to_client, to_server;
	struct buffer head; /* of the request; with FAULT_HALF_HEADERS, later of the answer */
	enum place place;
	size_t body_left;
	long requests;
	bool broken; /* this exchange is to be broken */
	size_t request_passed, answer_passed;
	bool finishing;	  /* close when all is written */
	bool half_closed; /* the client has no more to say */
};

struct relay {
	struct options *options;
	int listener, signals;
	struct link *links[LINKS_MAX];
	size_t count;
};

static const char usage[] =
    "usage: hsxfs-relay --to 127.0.0.1:PORT [--listen 127.0.0.1:0] [--url-file FILE] [FAULT]\n"
    "Relays TCP connections and breaks HTTP exchanges on the way.\n"
    "  --cut-request-after N   forward N bytes of the request, then close\n"
    "  --cut-after N           pass N bytes of the answer on, then close\n"
    "  --stall-after N         pass N bytes of the answer on, then stay silent\n"
    "  --garbage               answer with bytes that are no HTTP\n"
    "  --half-headers          pass half of the answer's header block on, then close\n"
    "  --close-after-request   forward the whole request, close before the answer\n"
    "  --reset                 close with a TCP reset; alone: when a request begins\n"
    "  --on-request K          only the K-th request of each connection\n"
    "  --method METHOD         only requests with this method\n"
    "  --times N               only the first N exchanges that would be broken\n"
    "  --help                  this text\n";

static const char garbage[] = "\x16\x03\x01garbage\r\nnot HTTP at all\x01\x02\r\n\r\n";

static void append(struct buffer *buffer, const char *data, size_t size)
{
	if (size > BUFFER_SIZE - buffer->size)
		size = BUFFER_SIZE - buffer->size;
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
}

static void close_socket(int *fd, bool reset)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 0};
	char rest[4096];

	if (*fd < 0)
		return;
	if (reset)
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	else /* what is left unread would make the kernel send a reset */
		while (recv(*fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
			;
	close(*fd);
	*fd = -1;
}

static void close_link(struct link *link, bool reset)
{
	close_socket(&link->client, reset);
	close_socket(&link->server, reset);
}

static bool has_method(const char *method, const char *data, size_t size)
{
	size_t length = method ? strlen(method) : 0;

	return !method || (size > length && !memcmp(data, method, length) && data[length] == ' ');
}

/* data: the first bytes of it. */
static void begin_request(struct relay *relay, struct link *link, const char *data, size_t size)
{
	struct options *options = relay->options;

	link->place = PLACE_HEAD;
	link->head.size = 0;
	link->request_passed = link->answer_passed = 0;
	link->requests++;
	link->broken = options->fault != FAULT_NONE && options->times != 0 &&
		       (!options->on_request || options->on_request == link->requests) &&
		       has_method(options->method, data, size);
	if (!link->broken)
		return;
	if (options->times > 0)
		options->times--;
	if (options->fault == FAULT_GARBAGE)
		append(&link->to_client, garbage, sizeof(garbage) - 1);
	if (options->fault == FAULT_GARBAGE || options->fault == FAULT_RESET)
		link->finishing = true;
}

static size_t body_length(const char *head, bool *chunked)
{
	const char *length = strcasestr(head, "\r\ncontent-length:");

	*chunked = strcasestr(head, "\r\ntransfer-encoding:") != NULL;
	return length ? strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

static void end_head(struct link *link)
{
	bool chunked;

	append(&link->head, "", 1);
	link->body_left = body_length(link->head.data, &chunked);
	link->head.size = 0;
	link->place = chunked ? PLACE_CHUNKS : link->body_left ? PLACE_BODY : PLACE_BETWEEN;
}

static bool ends_with(const struct buffer *buffer, const char *text)
{
	size_t size = strlen(text);

	return buffer->size >= size && memcmp(buffer->data + buffer->size - size, text, size) == 0;
}

static size_t take_head(struct link *link, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		append(&link->head, data + i, 1);
		if (!ends_with(&link->head, "\r\n\r\n"))
			continue;
		end_head(link);
		return i + 1;
	}
	return size;
}

/* The last chunk is empty; what a chunk holds must not look like it, which JSON does not. */
static size_t take_chunks(struct link *link, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (link->head.size == BUFFER_SIZE)
			link->head.size = 0;
		append(&link->head, data + i, 1);
		if (!ends_with(&link->head, "\r\n0\r\n\r\n"))
			continue;
		link->place = PLACE_BETWEEN;
		return i + 1;
	}
	return size;
}

/* How many of the bytes belong to the current request. */
static size_t take(struct link *link, const char *data, size_t size)
{
	if (link->place == PLACE_HEAD)
		return take_head(link, data, size);
	if (link->place == PLACE_CHUNKS)
		return take_chunks(link, data, size);
	if (size > link->body_left)
		size = link->body_left;
	link->body_left -= size;
	if (!link->body_left)
		link->place = PLACE_BETWEEN;
	return size;
}

static void pass_request(struct relay *relay, struct link *link, const char *data, size_t size)
{
	bool cut = link->broken && relay->options->fault == FAULT_CUT_REQUEST;

	if (cut && size >= relay->options->after - link->request_passed) {
		size = relay->options->after - link->request_passed;
		link->finishing = true;
	}
	append(&link->to_server, data, size);
	link->request_passed += size;
}

static void feed_request(struct relay *relay, struct link *link, const char *data, size_t size)
{
	while (size && !link->finishing) {
		size_t taken;

		if (link->place == PLACE_BETWEEN)
			begin_request(relay, link, data, size);
		if (link->finishing)
			return;
		taken = take(link, data, size);
		pass_request(relay, link, data, taken);
		data += taken;
		size -= taken;
	}
}

static void pass_half_headers(struct link *link, const char *data, size_t size)
{
	for (size_t i = 0; i < size && !link->finishing; i++) {
		append(&link->head, data + i, 1);
		if (!ends_with(&link->head, "\r\n\r\n") && link->head.size < BUFFER_SIZE)
			continue;
		append(&link->to_client, link->head.data, link->head.size / 2);
		link->finishing = true;
	}
}

static void pass_part(struct link *link, const char *data, size_t size, size_t limit)
{
	if (size > limit - link->answer_passed)
		size = limit - link->answer_passed;
	append(&link->to_client, data, size);
	link->answer_passed += size;
}

static void feed_answer(struct relay *relay, struct link *link, const char *data, size_t size)
{
	enum fault fault = link->broken ? relay->options->fault : FAULT_NONE;
	size_t after = relay->options->after;

	if (fault == FAULT_CLOSE) {
		link->finishing = true;
	} else if (fault == FAULT_HALF_HEADERS) {
		pass_half_headers(link, data, size);
	} else if (fault == FAULT_CUT_ANSWER || fault == FAULT_STALL) {
		pass_part(link, data, size, after);
		link->finishing = fault == FAULT_CUT_ANSWER && link->answer_passed == after;
	} else {
		append(&link->to_client, data, size);
	}
}

static bool stalls(const struct relay *relay, const struct link *link)
{
	return link->broken && relay->options->fault == FAULT_STALL;
}

/* Returns what recv says, after handing the bytes on. */
static ssize_t receive(struct relay *relay, struct link *link, bool from_client)
{
	struct buffer *target = from_client ? &link->to_server : &link->to_client;
	char data[BUFFER_SIZE];
	ssize_t size = recv(from_client ? link->client : link->server, data,
			    BUFFER_SIZE - target->size, MSG_DONTWAIT);

	if (size > 0 && from_client)
		feed_request(relay, link, data, (size_t)size);
	else if (size > 0)
		feed_answer(relay, link, data, (size_t)size);
	return size;
}

static bool is_over(ssize_t size)
{
	return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}

static void read_client(struct relay *relay, struct link *link)
{
	ssize_t size = receive(relay, link, true);

	if (!is_over(size))
		return;
	link->half_closed = true;
	if (size < 0 || stalls(relay, link))
		close_link(link, false);
}

static void read_server(struct relay *relay, struct link *link)
{
	ssize_t size = receive(relay, link, false);

	if (!is_over(size))
		return;
	close_socket(&link->server, false);
	if (!stalls(relay, link))
		link->finishing = true;
}

/* False where the peer is gone. */
static bool flush(int fd, struct buffer *buffer)
{
	ssize_t sent;

	if (fd < 0 || !buffer->size) {
		buffer->size = 0;
		return true;
	}
	sent = send(fd, buffer->data, buffer->size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer->size -= (size_t)sent;
	memmove(buffer->data, buffer->data + sent, buffer->size);
	return true;
}

static void write_link(struct relay *relay, struct link *link)
{
	/* A request that came whole has its effect; only its client is cut off. */
	bool cut_off =
	    link->broken && relay->options->fault == FAULT_CLOSE && link->place == PLACE_BETWEEN;

	if (!flush(link->server, &link->to_server) || !flush(link->client, &link->to_client)) {
		close_link(link, false);
		return;
	}
	if (link->to_server.size || link->to_client.size)
		return;
	if (cut_off)
		close_socket(&link->client, relay->options->reset);
	if (link->finishing)
		close_link(link, relay->options->reset);
	else if (link->half_closed && link->server >= 0)
		shutdown(link->server, SHUT_WR);
}

static int connect_server(const struct options *options)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&options->to, sizeof(options->to))) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void accept_link(struct relay *relay)
{
	int one = 1, client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
	struct link *link = relay->count < LINKS_MAX ? calloc(1, sizeof(*link)) : NULL;

	if (client < 0 || !link) {
		close_socket(&client, true);
		free(link);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	link->client = client;
	link->server = connect_server(relay->options);
	if (link->server < 0)
		close_socket(&link->client, true);
	relay->links[relay->count++] = link;
}

static void forget_closed(struct relay *relay)
{
	size_t kept = 0;

	for (size_t i = 0; i < relay->count; i++) {
		struct link *link = relay->links[i];

		if (link->client < 0 && link->server < 0)
			free(link);
		else
			relay->links[kept++] = link;
	}
	relay->count = kept;
}

/* A socket of which nothing is wanted is left out: its hang-up would wake the loop for ever. */
static struct pollfd want(int fd, const struct buffer *in, const struct buffer *out, bool reads)
{
	int events = (reads && in->size < BUFFER_SIZE ? POLLIN : 0) | (out->size ? POLLOUT : 0);

	return (struct pollfd){events ? fd : -1, (short)events, 0};
}

static size_t fill(const struct relay *relay, struct pollfd *polls)
{
	size_t count = 2;

	polls[0] = (struct pollfd){relay->listener, POLLIN, 0};
	polls[1] = (struct pollfd){relay->signals, POLLIN, 0};
	for (size_t i = 0; i < relay->count; i++) {
		const struct link *link = relay->links[i];
		bool reads = !link->finishing && !link->half_closed;

		polls[count++] = want(link->client, &link->to_server, &link->to_client, reads);
		polls[count++] =
		    want(link->server, &link->to_client, &link->to_server, !link->finishing);
	}
	return count;
}

static void serve_link(struct relay *relay, struct link *link, short client, short server)
{
	const short input = POLLIN | POLLHUP | POLLERR;

	if (client & input && !link->half_closed && !link->finishing)
		read_client(relay, link);
	if (server & input && link->server >= 0 && !link->finishing)
		read_server(relay, link);
	write_link(relay, link);
}

/* Until SIGTERM or SIGINT. */
static int run(struct relay *relay)
{
	struct pollfd polls[2 + 2 * LINKS_MAX];

	for (;;) {
		size_t count = relay->count;

		if (poll(polls, fill(relay, polls), -1) < 0 && errno != EINTR)
			return 1;
		if (polls[1].revents)
			return 0;
		for (size_t i = 0; i < count; i++)
			serve_link(relay, relay->links[i], polls[2 + 2 * i].revents,
				   polls[3 + 2 * i].revents);
		forget_closed(relay);
		if (polls[0].revents)
			accept_link(relay);
	}
}

static bool parse_address(const char *text, struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN + 1], rest;
	unsigned port;

	if (sscanf(text, "%16[0-9.]:%u%c", host, &port, &rest) != 2 || port > 65535)
		return false;
	memset(address, 0, sizeof(*address));
	address->sin_family = AF_INET;
	address->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &address->sin_addr) == 1 &&
	       ntohl(address->sin_addr.s_addr) >> 24 == 127;
}

static bool parse_number(const char *text, long *number)
{
	char *end;

	*number = strtol(text, &end, 10);
	return *text && !*end && *number >= 0;
}

static bool set_fault(struct options *options, enum fault fault, const char *after)
{
	long number = 0;

	if (options->fault != FAULT_NONE || (after && !parse_number(after, &number)))
		return false;
	options->fault = fault;
	options->after = (size_t)number;
	return true;
}

static bool set_option(struct options *options, int letter, const char *value)
{
	switch (letter) {
	case 'l':
		return parse_address(value, &options->listen);
	case 't':
		return parse_address(value, &options->to);
	case 'u':
		options->url_file = value;
		return true;
	case 'k':
		return parse_number(value, &options->on_request);
	case 'm':
		options->method = value;
		return true;
	case 'n':
		return parse_number(value, &options->times);
	case 'h':
		options->help = true;
		return true;
	case 'r':
		options->reset = true;
		return true;
	default:
		return letter < 'a' && set_fault(options, (enum fault)letter, value);
	}
}

static bool parse(struct options *options, int count, char **arguments)
{
	static const struct option names[] = {
	    {"listen", required_argument, NULL, 'l'},
	    {"to", required_argument, NULL, 't'},
	    {"url-file", required_argument, NULL, 'u'},
	    {"cut-request-after", required_argument, NULL, FAULT_CUT_REQUEST},
	    {"cut-after", required_argument, NULL, FAULT_CUT_ANSWER},
	    {"stall-after", required_argument, NULL, FAULT_STALL},
	    {"garbage", no_argument, NULL, FAULT_GARBAGE},
	    {"half-headers", no_argument, NULL, FAULT_HALF_HEADERS},
	    {"close-after-request", no_argument, NULL, FAULT_CLOSE},
	    {"reset", no_argument, NULL, 'r'},
	    {"on-request", required_argument, NULL, 'k'},
	    {"method", required_argument, NULL, 'm'},
	    {"times", required_argument, NULL, 'n'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int letter;

	while ((letter = getopt_long(count, arguments, "", names, NULL)) != -1)
		if (letter == '?' || !set_option(options, letter, optarg))
			return false;
	if (options->reset && options->fault == FAULT_NONE)
		options->fault = FAULT_RESET;
	return optind == count && (options->help || options->to.sin_port);
}

static int open_listener(struct sockaddr_in *address)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(*address);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)address, size) || listen(fd, SOMAXCONN) ||
	    getsockname(fd, (struct sockaddr *)address, &size)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static bool write_url(const struct options *options)
{
	char host[INET_ADDRSTRLEN], *temporary = NULL;
	bool written = false;
	FILE *stream;

	if (!options->url_file)
		return true;
	if (asprintf(&temporary, "%s.tmp", options->url_file) < 0)
		return false;
	stream = fopen(temporary, "we");
	if (stream) {
		inet_ntop(AF_INET, &options->listen.sin_addr, host, sizeof(host));
		fprintf(stream, "http://%s:%u/client/v4\n", host, ntohs(options->listen.sin_port));
		written = fclose(stream) == 0 && rename(temporary, options->url_file) == 0;
	}
	free(temporary);
	return written;
}

static int start(struct options *options)
{
	struct relay relay = {.options = options};
	int status = 1;

	relay.listener = open_listener(&options->listen);
	relay.signals = open_signals();
	if (relay.listener >= 0 && relay.signals >= 0 && write_url(options))
		status = run(&relay);
	else
		fprintf(stderr, "hsxfs-relay: cannot start: %s\n", strerror(errno));
	for (size_t i = 0; i < relay.count; i++)
		close_link(relay.links[i], false);
	forget_closed(&relay);
	close_socket(&relay.listener, false);
	close_socket(&relay.signals, false);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.times = -1};

	parse_address("127.0.0.1:0", &options.listen);
	if (!parse(&options, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	if (options.help) {
		fputs(usage, stdout);
		return 0;
	}
	return start(&options);
}
