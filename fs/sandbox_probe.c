/* SPDX-License-Identifier: MIT */
#include "sandbox_probe.h"

#ifdef HSXFS_SANDBOX_PROBE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void tell(const char *thread, const char *what, const char *which, long result)
{
	fprintf(stderr, "probe %s %s%s%s: %s\n", thread, what, *which ? " " : "", which,
		result < 0 ? strerrorname_np(errno) : "done");
}

static void probe_file(const char *thread, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	tell(thread, flags == O_RDONLY ? "read" : "write", path, fd);
	if (fd >= 0)
		close(fd);
}

struct way {
	const char *name;
	int family, protocol, flags; /* of a message that connects; 0: connect(2) */
};

static long try_port(const struct way *way, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 v6 = {
	    .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_loopback};
	bool six = way->family == AF_INET6;
	struct sockaddr *address = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t length = six ? sizeof(v6) : sizeof(v4);
	char byte = 'x';
	struct iovec text = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
	    .msg_name = address, .msg_namelen = length, .msg_iov = &text, .msg_iovlen = 1};
	int fd = socket(way->family, SOCK_STREAM | SOCK_CLOEXEC, way->protocol), number;
	long result = -1;

	if (fd >= 0 && !way->flags)
		result = connect(fd, address, length);
	else if (fd >= 0 && six)
		result = sendmsg(fd, &message, way->flags | MSG_NOSIGNAL);
	else if (fd >= 0)
		result = sendto(fd, &byte, 1, way->flags | MSG_NOSIGNAL, address, length);
	number = errno;
	if (fd >= 0)
		close(fd);
	errno = number;
	return result;
}

static void probe_port(const char *thread, const char *port, int flags)
{
	static const struct way ways[] = {{"connect", AF_INET, 0, 0},
					  {"connect6", AF_INET6, 0, 0},
					  {"fastopen", AF_INET, 0, MSG_FASTOPEN},
					  {"fastopen6", AF_INET6, 0, MSG_FASTOPEN},
					  {"mptcp", AF_INET, 262, 0}};

	(void)flags;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		tell(thread, ways[i].name, port,
		     try_port(&ways[i], (uint16_t)strtoul(port, NULL, 10)));
}

static void probe_each(const char *thread, const char *variable,
		       void (*probe)(const char *thread, const char *item, int flags), int flags)
{
	const char *list = getenv(variable);
	char *copy = strdup(list ? list : ""), *rest = copy, *item;

	while (copy && (item = strsep(&rest, ":")))
		if (*item)
			probe(thread, item, flags);
	free(copy);
}

struct call {
	const char *name;
	long number, first, second, third, fourth;
};

static void probe_list(const char *thread, const struct call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct call *call = &calls[i];
		long result = syscall(call->number, call->first, call->second, call->third,
				      call->fourth, 0, 0);

		/* A child is what must not be there. */
		if (call->number == SYS_clone && result == 0)
			_exit(0);
		tell(thread, call->name, "", result);
	}
}

static void probe_calls(const char *thread)
{
	static char name[] = "true";
	char *const arguments[] = {name, NULL};
	const struct call calls[] = {
	    {"execve", SYS_execve, (long)"/bin/true", (long)arguments, 0, 0},
	    {"execveat", SYS_execveat, AT_FDCWD, (long)"/bin/true", (long)arguments, 0},
	    {"clone", SYS_clone, SIGCHLD, 0, 0, 0},
	    {"clone3", SYS_clone3, 0, 0, 0, 0},
	    {"ptrace", SYS_ptrace, PTRACE_CONT, (long)getppid(), 0, 0},
	    {"process_vm_readv", SYS_process_vm_readv, getppid(), 0, 0, 0},
	    {"pidfd_open", SYS_pidfd_open, getppid(), 0, 0, 0},
	    {"prlimit-other", SYS_prlimit64, getppid(), RLIMIT_NOFILE, 0, 0},
	    {"mount", SYS_mount, (long)"none", (long)"/tmp", (long)"tmpfs", 0},
	    {"umount2", SYS_umount2, (long)"/proc", MNT_DETACH, 0, 0},
	    {"unshare", SYS_unshare, 0, 0, 0, 0},
	    {"setuid", SYS_setuid, (long)getuid(), 0, 0, 0},
	    {"setresuid", SYS_setresuid, -1, -1, -1, 0},
	    {"open_by_handle_at", SYS_open_by_handle_at, AT_FDCWD, 0, 0, 0},
	    {"bpf", SYS_bpf, 0, 0, 0, 0},
	    {"perf_event_open", SYS_perf_event_open, 0, 0, -1, -1},
	    {"userfaultfd", SYS_userfaultfd, 0, 0, 0, 0},
	    {"io_uring_setup", SYS_io_uring_setup, 0, 0, 0, 0},
	    {"keyctl", SYS_keyctl, 0, 0, 0, 0},
	    {"shmget", SYS_shmget, 0, 4096, 0600, 0},
	    {"init_module", SYS_init_module, 0, 0, 0, 0},
	    {"kexec_load", SYS_kexec_load, 0, 0, 0, 0},
	    {"reboot", SYS_reboot, 0, 0, 0, 0},
	    {"kill", SYS_kill, (long)getpid(), 0, 0, 0},
	    {"tgkill-other", SYS_tgkill, (long)getppid(), (long)getppid(), 0, 0},
	    {"tgkill-self", SYS_tgkill, (long)getpid(), (long)gettid(), 0, 0},
	    {"memfd_create", SYS_memfd_create, (long)name, 0, 0, 0},
	    {"memory-to-write-and-run", SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	     MAP_PRIVATE | MAP_ANONYMOUS},
	    {"memory-made-to-run", SYS_mprotect, 0, 0, PROT_READ | PROT_EXEC, 0},
	    {"terminal", SYS_ioctl, -1, TIOCSTI, 0, 0},
	    {"dumpable", SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0},
	    {"newer", 1000, 0, 0, 0, 0},
	};

	probe_list(thread, calls, sizeof(calls) / sizeof(*calls));
}

/* What Landlock does not rule on. */
static void probe_names(const char *thread)
{
	const long name = (long)"/etc/hosts";
	const struct call calls[] = {
	    {"fchmodat", SYS_fchmodat, AT_FDCWD, name, 0644, 0},
	    {"fchownat", SYS_fchownat, AT_FDCWD, name, -1, -1},
	    {"setxattr", SYS_setxattr, name, (long)"user.x", 0, 0},
	    {"utimensat", SYS_utimensat, AT_FDCWD, name, 0, 0},
	    {"truncate", SYS_truncate, (long)"/nothing", 0, 0, 0},
	};

	probe_list(thread, calls, sizeof(calls) / sizeof(*calls));
}

static void probe_sockets(const char *thread)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	struct sockaddr_in6 any6 = {.sin6_family = AF_INET6};
	struct sockaddr_nl us = {.nl_family = AF_NETLINK};
	int stream = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	int stream6 = socket(AF_INET6, SOCK_STREAM, 0), routes = socket(AF_NETLINK, SOCK_RAW, 0);
	int pair[2] = {-1, -1};
	const struct call calls[] = {
	    {"listen", SYS_listen, stream, 1, 0, 0},
	    {"accept4", SYS_accept4, stream, 0, 0, 0},
	    {"bind", SYS_bind, stream, (long)&any, sizeof(any), 0},
	    {"bind6", SYS_bind, stream6, (long)&any6, sizeof(any6), 0},
	    {"bind-datagrams", SYS_bind, datagrams, (long)&any, sizeof(any), 0},
	    {"bind-short", SYS_bind, stream, (long)&any, sizeof(us), 0},
	    {"bind-netlink", SYS_bind, routes, (long)&us, sizeof(us), 0},
	    {"packet-socket", SYS_socket, AF_PACKET, SOCK_RAW, 0, 0},
	    {"vsock-socket", SYS_socket, AF_VSOCK, SOCK_STREAM, 0, 0},
	    {"unix-socket", SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0},
	    {"unix-pair", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair},
	    {"unix-pair-datagrams", SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, (long)pair},
	    {"raw-socket", SYS_socket, AF_INET, SOCK_RAW, IPPROTO_TCP, 0},
	    {"icmp-socket", SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP, 0},
	    {"udp-socket", SYS_socket, AF_INET6, SOCK_DGRAM, IPPROTO_UDP, 0},
	    {"netlink-socket", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0},
	    {"netlink-audit", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, 0},
	};

	probe_list(thread, calls, sizeof(calls) / sizeof(*calls));
	close(stream);
	close(stream6);
	close(datagrams);
	close(routes);
}

static void probe_all(const char *thread)
{
	probe_each(thread, "HSXFS_PROBE_READ", probe_file, O_RDONLY);
	probe_each(thread, "HSXFS_PROBE_WRITE", probe_file, O_WRONLY | O_CREAT);
	probe_each(thread, "HSXFS_PROBE_PORTS", probe_port, 0);
	if (!getenv("HSXFS_PROBE_CALLS"))
		return;
	probe_calls(thread);
	probe_names(thread);
	probe_sockets(thread);
}

static void *probe_from_thread(void *name)
{
	probe_all(name);
	return NULL;
}

/* What a sanitizer has to report; volatile, so that no compiler sees it coming. */
static void probe_fault(const char *fault)
{
	size_t length = strlen(fault);
	char *volatile bytes = malloc(length);
	volatile int number = INT_MAX;

	if (!bytes)
		return;
	memset(bytes, 0, length);
	if (!strcmp(fault, "overflow"))
		bytes[length] = 1;
	if (!strcmp(fault, "undefined"))
		number++;
	if (strcmp(fault, "leak") != 0)
		free(bytes);
	else
		bytes = NULL;
}

void sandbox_probe(void)
{
	static char later[] = "later";
	pthread_t thread;
	int error;

	probe_all("main");
	error = pthread_create(&thread, NULL, probe_from_thread, later);
	if (error)
		fprintf(stderr, "probe later: no thread: %s\n", strerror(error));
	else
		pthread_join(thread, NULL);
	fprintf(stderr, "probe ended\n");
	if (getenv("HSXFS_PROBE_FAULT"))
		probe_fault(getenv("HSXFS_PROBE_FAULT"));
}

#endif
