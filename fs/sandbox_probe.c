/* SPDX-License-Identifier: MIT */
#include "sandbox_probe.h"

#ifdef HSXFS_SANDBOX_PROBE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

static void probe_port(const char *thread, const char *port, int flags)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
				      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)flags;
	tell(thread, "connect", port, connect(fd, (struct sockaddr *)&address, sizeof(address)));
	close(fd);
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

static void probe_calls(const char *thread)
{
	static char name[] = "true";
	char *const arguments[] = {name, NULL};
	struct {
		const char *name;
		long number, first, second, third;
	} calls[] = {
	    {"execve", SYS_execve, (long)"/bin/true", (long)arguments, 0},
	    {"execveat", SYS_execveat, AT_FDCWD, (long)"/bin/true", (long)arguments},
	    {"clone", SYS_clone, SIGCHLD, 0, 0},
	    {"clone3", SYS_clone3, 0, 0, 0},
	    {"ptrace", SYS_ptrace, PTRACE_CONT, (long)getppid(), 0},
	    {"process_vm_readv", SYS_process_vm_readv, getppid(), 0, 0},
	    {"mount", SYS_mount, (long)"none", (long)"/tmp", (long)"tmpfs"},
	    {"umount2", SYS_umount2, (long)"/proc", MNT_DETACH, 0},
	    {"unshare", SYS_unshare, 0, 0, 0},
	    {"setuid", SYS_setuid, (long)getuid(), 0, 0},
	    {"setresuid", SYS_setresuid, -1, -1, -1},
	    {"open_by_handle_at", SYS_open_by_handle_at, AT_FDCWD, 0, 0},
	    {"bpf", SYS_bpf, 0, 0, 0},
	    {"io_uring_setup", SYS_io_uring_setup, 0, 0, 0},
	    {"keyctl", SYS_keyctl, 0, 0, 0},
	    {"init_module", SYS_init_module, 0, 0, 0},
	    {"kexec_load", SYS_kexec_load, 0, 0, 0},
	    {"reboot", SYS_reboot, 0, 0, 0},
	    {"kill", SYS_kill, (long)getpid(), 0, 0},
	    {"listen", SYS_listen, -1, 0, 0},
	    {"packet-socket", SYS_socket, AF_PACKET, SOCK_RAW, 0},
	    {"vsock-socket", SYS_socket, AF_VSOCK, SOCK_STREAM, 0},
	    {"unix-socket", SYS_socket, AF_UNIX, SOCK_STREAM, 0},
	    {"netlink-socket", SYS_socket, AF_NETLINK, SOCK_RAW, 0},
	    {"terminal", SYS_ioctl, -1, TIOCSTI, 0},
	    {"dumpable", SYS_prctl, PR_SET_DUMPABLE, 1, 0},
	    {"newer", 1000, 0, 0, 0},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		long result =
		    syscall(calls[i].number, calls[i].first, calls[i].second, calls[i].third, 0, 0);

		/* A child is what must not be there. */
		if (calls[i].number == SYS_clone && result == 0)
			_exit(0);
		tell(thread, calls[i].name, "", result);
	}
}

static void probe_all(const char *thread)
{
	probe_each(thread, "HSXFS_PROBE_READ", probe_file, O_RDONLY);
	probe_each(thread, "HSXFS_PROBE_WRITE", probe_file, O_WRONLY | O_CREAT);
	probe_each(thread, "HSXFS_PROBE_PORTS", probe_port, 0);
	if (getenv("HSXFS_PROBE_CALLS"))
		probe_calls(thread);
}

static void *probe_from_thread(void *name)
{
	probe_all(name);
	return NULL;
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
}

#endif
