/* SPDX-License-Identifier: MIT */
#include "sandbox.h"
#include "sanitized.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_VMA /* Linux 5.17: names for memory */
#define PR_SET_VMA 0x53564d41
#endif

/*
 * A list of what is allowed: what the program, the C library, libcurl, OpenSSL and libfuse use, and
 * what other versions of them may use for the same. All else is EPERM. System calls that are newer
 * than the list are ENOSYS, as in an older kernel: for those a library has another way.
 */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE

/* set_mempolicy_home_node, of Linux 5.17; x32's numbers are above too. */
#define NEWEST 450

static const uint16_t allowed[] = {
    /* what a request takes; the kernel looks at the list once for each, then has a bit of it */
    __NR_read,
    __NR_write,
    __NR_readv,
    __NR_writev,
    __NR_epoll_pwait,
    __NR_epoll_ctl,
    __NR_clock_gettime,
    __NR_futex,
    __NR_recvfrom,
    __NR_sendto,
    __NR_recvmsg,
    __NR_sendmsg,
    __NR_ppoll,
    /* descriptors */
    __NR_close,
    __NR_close_range,
    __NR_dup,
    __NR_dup3,
    __NR_fcntl,
    __NR_ioctl,
    __NR_lseek,
    __NR_pread64,
    __NR_pwrite64,
    __NR_preadv,
    __NR_pwritev,
    __NR_preadv2,
    __NR_pwritev2,
    __NR_pipe2,
    __NR_eventfd2,
    __NR_signalfd4,
    __NR_timerfd_create,
    __NR_timerfd_settime,
    __NR_timerfd_gettime,
    __NR_epoll_create1,
#ifdef __NR_epoll_pwait2
    __NR_epoll_pwait2,
#endif
    __NR_pselect6,
    /* files, as far as Landlock has them: not chmod, chown or truncate by name, which it or its
     * older versions do not rule on */
    __NR_openat,
    __NR_openat2,
    __NR_fstat,
    __NR_newfstatat,
    __NR_statx,
    __NR_statfs,
    __NR_fstatfs,
    __NR_faccessat,
    __NR_faccessat2,
    __NR_readlinkat,
    __NR_getxattr,
    __NR_getdents64,
    __NR_getcwd,
    __NR_chdir,
    __NR_umask,
    __NR_flock,
    __NR_fsync,
    __NR_fdatasync,
    __NR_sync_file_range,
    __NR_ftruncate,
    __NR_fallocate,
    __NR_fadvise64,
    __NR_fchmod,
    __NR_fchown,
    __NR_unlinkat,
#ifdef __NR_renameat
    __NR_renameat,
#endif
    __NR_renameat2,
    /* memory */
    __NR_mmap,
    __NR_mprotect,
    __NR_munmap,
    __NR_mremap,
    __NR_madvise,
    __NR_brk,
    __NR_mlock,
    __NR_mlock2,
    __NR_munlock,
    __NR_msync,
    __NR_mincore,
    __NR_membarrier,
    /* threads, and its own end */
    __NR_clone,
    __NR_set_robust_list,
    __NR_get_robust_list,
    __NR_set_tid_address,
    __NR_rseq,
    __NR_gettid,
    __NR_tgkill,
    __NR_sched_yield,
    __NR_sched_getaffinity,
    __NR_sched_getparam,
    __NR_sched_getscheduler,
    __NR_sched_getattr,
    __NR_sched_get_priority_max,
    __NR_sched_get_priority_min,
    __NR_getcpu,
    __NR_exit,
    __NR_exit_group,
    __NR_wait4,
    __NR_waitid,
    __NR_restart_syscall,
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_rt_sigreturn,
    __NR_rt_sigpending,
    __NR_rt_sigsuspend,
    __NR_rt_sigtimedwait,
    __NR_sigaltstack,
    __NR_prctl,
    /* what it is told of itself and of the machine */
    __NR_getpid,
    __NR_getppid,
    __NR_getuid,
    __NR_geteuid,
    __NR_getgid,
    __NR_getegid,
    __NR_getresuid,
    __NR_getresgid,
    __NR_getgroups,
    __NR_getpgid,
    __NR_getsid,
    __NR_capget,
    __NR_prlimit64,
#ifdef __NR_getrlimit
    __NR_getrlimit,
#endif
    __NR_getrusage,
    __NR_getpriority,
    __NR_times,
    __NR_uname,
    __NR_sysinfo,
    __NR_getrandom,
    __NR_gettimeofday,
    __NR_clock_getres,
    __NR_clock_nanosleep,
    __NR_nanosleep,
    /* the network, as a client */
    __NR_socket,
    __NR_socketpair,
    __NR_bind,
    __NR_connect,
    __NR_shutdown,
    __NR_getsockname,
    __NR_getpeername,
    __NR_getsockopt,
    __NR_setsockopt,
    __NR_sendmmsg,
    __NR_recvmmsg,
/* The same by their older names, which the newer processors' C libraries do not have. */
#ifdef __NR_open
    __NR_open,
    __NR_stat,
    __NR_lstat,
    __NR_access,
    __NR_readlink,
    __NR_unlink,
    __NR_rename,
    __NR_pipe,
    __NR_dup2,
    __NR_poll,
    __NR_select,
    __NR_epoll_create,
    __NR_epoll_wait,
    __NR_eventfd,
    __NR_signalfd,
    __NR_getpgrp,
    __NR_time,
    __NR_arch_prctl,
#endif
#ifdef __NR_riscv_hwprobe
    __NR_riscv_hwprobe,
#endif
#ifdef __NR_riscv_flush_icache
    __NR_riscv_flush_icache,
#endif
#ifdef SANITIZED
    /* The leak checker looks for the program's threads at its end, and stops them. */
    __NR_ptrace,
    __NR_kill,
#ifdef __NR_getdents
    __NR_getdents,
#endif
#endif
};

#define ALLOWED (sizeof(allowed) / sizeof(*allowed))

/* Such a call is refused unless the bits of its argument are one of the values. */
struct rule {
	uint16_t call;
	uint8_t argument;
	uint8_t count; /* of values */
	uint32_t bits;
	uint32_t values[8];
	uint32_t first; /* only where the first argument is this; 0: always */
};

#define WHOLE UINT32_MAX
#define TYPE 0xf /* of a socket, without SOCK_CLOEXEC and SOCK_NONBLOCK */
#define NEW_NAMESPACES                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)

static const struct rule rules[] = {
    /*
     * AF_NETLINK is how the C library finds out which addresses there are. Nobody needs AF_UNIX: the
     * name service goes on without nscd and systemd-resolved's module, and Landlock would not keep a
     * daemon from asking systemd or D-Bus to start a program. Nor does it rule on MPTCP, on other
     * protocols, or on the packets of a raw socket.
     */
    {__NR_socket, 0, 3, WHOLE, {AF_INET, AF_INET6, AF_NETLINK}, 0},
    {__NR_socket, 1, 2, TYPE, {SOCK_STREAM, SOCK_DGRAM}, AF_INET},
    {__NR_socket, 1, 2, TYPE, {SOCK_STREAM, SOCK_DGRAM}, AF_INET6},
    {__NR_socket, 2, 3, WHOLE, {0, IPPROTO_TCP, IPPROTO_UDP}, AF_INET},
    {__NR_socket, 2, 3, WHOLE, {0, IPPROTO_TCP, IPPROTO_UDP}, AF_INET6},
    {__NR_socket, 2, 1, WHOLE, {NETLINK_ROUTE}, AF_NETLINK},
    /* libcurl wakes itself by a pair; one of datagrams could be connected to something else. */
    {__NR_socketpair, 0, 1, WHOLE, {AF_UNIX}, 0},
    {__NR_socketpair, 1, 1, TYPE, {SOCK_STREAM}, 0},
#ifdef __GLIBC__
    /* The addresses of the other families are longer. musl binds what it asks name servers with. */
    {__NR_bind, 2, 1, WHOLE, {sizeof(struct sockaddr_nl)}, 0},
#endif
    /* Landlock does not see connections that are made so. */
    {__NR_sendto, 3, 1, MSG_FASTOPEN, {0}, 0},
    {__NR_sendmsg, 2, 1, MSG_FASTOPEN, {0}, 0},
    {__NR_sendmmsg, 3, 1, MSG_FASTOPEN, {0}, 0},
    /* Not, for instance, typing into the terminal that it was started from. */
    {__NR_ioctl, 1, 6, WHOLE, {FIONREAD, FIONBIO, FIOCLEX, TCGETS, SIOCGIFINDEX, SIOCGIFNAME}, 0},
#ifndef SANITIZED
    /* The resolver of libcurl is a thread. */
    {__NR_clone, 0, 1, CLONE_THREAD | NEW_NAMESPACES, {CLONE_THREAD}, 0},
    /* That it is not dumpable is for good. */
    {__NR_prctl, 0, 4, WHOLE, {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA}, 0},
    /* Modules of the name service are mapped from their files; nothing that was written is run. */
    {__NR_mmap, 2, 3, PROT_WRITE | PROT_EXEC, {0, PROT_WRITE, PROT_EXEC}, 0},
    {__NR_mprotect, 2, 1, PROT_EXEC, {0}, 0},
#endif
};

#define RULES (sizeof(rules) / sizeof(*rules))

/* A rule takes at most 16 steps. */
struct program {
	struct sock_filter steps[2 * ALLOWED + 16 * (RULES + 3) + 40];
	unsigned short length;
};

static void add(struct program *program, uint16_t code, uint32_t operand, uint8_t if_true,
		uint8_t if_false)
{
	program->steps[program->length++] =
	    (struct sock_filter){.code = code, .k = operand, .jt = if_true, .jf = if_false};
}

static void load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void end(struct program *program, uint32_t verdict)
{
	add(program, BPF_RET | BPF_K, verdict, 0, 0);
}

#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)

static void check_architecture(struct program *program)
{
	load(program, offsetof(struct seccomp_data, arch));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	end(program, SECCOMP_RET_KILL_PROCESS);
	load(program, offsetof(struct seccomp_data, nr));
	add(program, BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1);
	end(program, UNKNOWN);
}

/*
 * clone3 has its flags in memory, which a filter cannot read: without it the C library takes clone.
 */
static void hide_clone3(struct program *program)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1);
	end(program, UNKNOWN);
}

static void load_argument(struct program *program, unsigned number)
{
	load(program, offsetof(struct seccomp_data, args) + number * sizeof(uint64_t));
}

/* The jumps that have to lead behind the rule are known when it is there. */
static void refuse_unless(struct program *program, const struct rule *rule)
{
	unsigned short call, first = 0;

	call = program->length;
	add(program, BPF_JMP | BPF_JEQ | BPF_K, rule->call, 0, 0);
	if (rule->first) {
		load_argument(program, 0);
		first = program->length;
		add(program, BPF_JMP | BPF_JEQ | BPF_K, rule->first, 0, 0);
	}
	load_argument(program, rule->argument);
	add(program, BPF_ALU | BPF_AND | BPF_K, rule->bits, 0, 0);
	for (uint8_t i = 0; i < rule->count; i++)
		add(program, BPF_JMP | BPF_JEQ | BPF_K, rule->values[i], (uint8_t)(rule->count - i),
		    0);
	end(program, REFUSE);
	program->steps[call].jf = (uint8_t)(program->length - call - 1);
	if (first)
		program->steps[first].jf = (uint8_t)(program->length - first - 1);
	load(program, offsetof(struct seccomp_data, nr));
}

/* A thread of the same user could otherwise be signalled, or limited, in another process. */
static void keep_to_itself(struct program *program)
{
	uint32_t self = (uint32_t)getpid();
	const struct rule signals = {__NR_tgkill, 0, 1, WHOLE, {self}, 0};
	const struct rule limits = {__NR_prlimit64, 0, 2, WHOLE, {0, self}, 0};

	refuse_unless(program, &signals);
	refuse_unless(program, &limits);
}

static void allow_listed(struct program *program)
{
	for (size_t i = 0; i < ALLOWED; i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		end(program, SECCOMP_RET_ALLOW);
	}
}

bool sandbox_filter(void)
{
	struct program program = {.length = 0};
	struct sock_fprog filter = {.filter = program.steps};

	check_architecture(&program);
	hide_clone3(&program);
	for (size_t i = 0; i < RULES; i++)
		refuse_unless(&program, &rules[i]);
	keep_to_itself(&program);
	allow_listed(&program);
	end(&program, REFUSE);
	filter.len = program.length;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#else

bool sandbox_filter(void)
{
	errno = ENOSYS;
	return false;
}

#endif
