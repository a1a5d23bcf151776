/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

struct options {
	const char *listen, *seed, *url_file;
	bool help;
};

static const char usage[] =
    "usage: hsxfs-emulator --seed FILE [--listen 127.0.0.1:0] [--url-file FILE]\n"
    "Answers the Cloudflare API that hsxfs speaks, from a seed file, for tests and the demo.\n"
    "  --listen ADDRESS:PORT  a loopback address; port 0 takes a free one (127.0.0.1:0)\n"
    "  --seed FILE            accounts, scripts and secrets, as tests/emulator/README.md says\n"
    "  --url-file FILE        where to write the base URL once requests are taken\n"
    "  --help                 this text\n";

void *must(void *pointer)
{
	if (!pointer) {
		fputs("hsxfs-emulator: out of memory, or text that is not UTF-8\n", stderr);
		abort();
	}
	return pointer;
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void emulator_release(struct emulator *emulator)
{
	emulator->generation++;
	pthread_cond_broadcast(&emulator->wake);
}

static bool parse(struct options *options, int count, char **arguments)
{
	static const struct option names[] = {
	    {"listen", required_argument, NULL, 'l'},
	    {"seed", required_argument, NULL, 's'},
	    {"url-file", required_argument, NULL, 'u'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int letter;

	while ((letter = getopt_long(count, arguments, "", names, NULL)) != -1) {
		if (letter == 'l')
			options->listen = optarg;
		else if (letter == 's')
			options->seed = optarg;
		else if (letter == 'u')
			options->url_file = optarg;
		else if (letter == 'h')
			options->help = true;
		else
			return false;
	}
	return optind == count && (options->help || options->seed);
}

/* IPv4 loopback only: this program is no server for others. */
static bool parse_address(const char *text, struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN + 1];
	char rest;
	unsigned port;

	if (sscanf(text, "%16[0-9.]:%u%c", host, &port, &rest) != 2 || port > 65535)
		return false;
	memset(address, 0, sizeof(*address));
	address->sin_family = AF_INET;
	address->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &address->sin_addr) == 1 &&
	       ntohl(address->sin_addr.s_addr) >> 24 == 127;
}

/* Returns the socket and fills in the port, or -1. */
static int open_socket(struct sockaddr_in *address)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
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

/* Whole or not at all, so that who waits for the file never reads half a URL. */
static bool write_url(const char *file, const struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN], *temporary = NULL;
	bool written = false;
	FILE *stream;

	if (!file)
		return true;
	if (asprintf(&temporary, "%s.tmp", file) < 0)
		return false;
	stream = fopen(temporary, "we");
	if (stream) {
		inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host));
		fprintf(stream, "http://%s:%u/client/v4\n", host, ntohs(address->sin_port));
		written = fclose(stream) == 0 && rename(temporary, file) == 0;
	}
	free(temporary);
	return written;
}

static int serve(struct emulator *emulator, const struct options *options,
		 struct sockaddr_in *address, const sigset_t *signals)
{
	int fd = open_socket(address), signal_number;
	struct MHD_Daemon *daemon = NULL;
	bool ready = false;

	if (fd >= 0)
		daemon = server_start(emulator, fd);
	if (daemon)
		ready = write_url(options->url_file, address);
	if (ready)
		sigwait(signals, &signal_number);
	else
		fprintf(stderr, "hsxfs-emulator: cannot start on %s: %s\n", options->listen,
			strerror(errno));
	if (daemon)
		server_stop(emulator, daemon);
	else if (fd >= 0)
		close(fd);
	return ready ? 0 : 1;
}

static int run(const struct options *options, struct sockaddr_in *address)
{
	struct emulator emulator = {
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .wake = PTHREAD_COND_INITIALIZER,
	};
	char problem[400];
	sigset_t signals;
	int status;

	if (!state_load(&emulator.state, options->seed, problem, sizeof(problem))) {
		fprintf(stderr, "hsxfs-emulator: %s\n", problem);
		return 2;
	}
	rules_init(&emulator.rules);
	record_init(&emulator.record);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	status = serve(&emulator, options, address, &signals);
	record_free(&emulator.record);
	rules_free(&emulator.rules);
	state_free(&emulator.state);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.listen = "127.0.0.1:0"};
	struct sockaddr_in address;

	if (!parse(&options, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	if (options.help) {
		fputs(usage, stdout);
		return 0;
	}
	if (!parse_address(options.listen, &address)) {
		fprintf(stderr, "hsxfs-emulator: %s: not a loopback address and port\n",
			options.listen);
		return 2;
	}
	return run(&options, &address);
}
