/* SPDX-License-Identifier: MIT */
#include "sandbox.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/*
 * A list of what is refused, with EPERM: an allow-list would have to follow every version of the C
 * library, libcurl and OpenSSL. System calls that are newer than the list are ENOSYS, as in an
 * older kernel.
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

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

static const uint16_t refused[] = {
    /* other programs; a process that libfuse would start */
    __NR_execve,
    __NR_execveat,
#ifdef __NR_fork
    __NR_fork,
    __NR_vfork,
#endif
    /* other processes */
    __NR_process_vm_readv,
    __NR_process_vm_writev,
    __NR_kcmp,
    __NR_kill,
    __NR_rt_sigqueueinfo,
    __NR_rt_tgsigqueueinfo,
    __NR_pidfd_open,
    __NR_pidfd_getfd,
    __NR_pidfd_send_signal,
    __NR_process_madvise,
    __NR_setpgid,
    __NR_setsid,
/* The leak checker of a sanitized build stops the program's threads at its end. */
#ifndef SANITIZED
    __NR_ptrace,
#endif
    /* mounts and namespaces */
    __NR_mount,
    __NR_umount2,
    __NR_pivot_root,
    __NR_chroot,
    __NR_unshare,
    __NR_setns,
    __NR_open_tree,
    __NR_move_mount,
    __NR_fsopen,
    __NR_fsconfig,
    __NR_fsmount,
    __NR_fspick,
    __NR_mount_setattr,
    __NR_quotactl,
    __NR_quotactl_fd,
    /* whose it is, and what it may */
    __NR_setuid,
    __NR_setgid,
    __NR_setreuid,
    __NR_setregid,
    __NR_setresuid,
    __NR_setresgid,
    __NR_setfsuid,
    __NR_setfsgid,
    __NR_setgroups,
    __NR_capset,
    __NR_personality,
    /* files by other ways than their names */
    __NR_open_by_handle_at,
    __NR_name_to_handle_at,
    __NR_fanotify_init,
    __NR_mknodat,
#ifdef __NR_mknod
    __NR_mknod,
#endif
    /* servers */
    __NR_listen,
    __NR_accept,
    __NR_accept4,
    /* large parts of the kernel */
    __NR_bpf,
    __NR_perf_event_open,
    __NR_io_uring_setup,
    __NR_io_uring_enter,
    __NR_io_uring_register,
    __NR_userfaultfd,
    __NR_add_key,
    __NR_request_key,
    __NR_keyctl,
    __NR_io_setup,
    __NR_io_submit,
    __NR_vmsplice,
    __NR_memfd_secret,
    /* the machine */
    __NR_init_module,
    __NR_finit_module,
    __NR_delete_module,
    __NR_kexec_load,
#ifdef __NR_kexec_file_load
    __NR_kexec_file_load,
#endif
    __NR_reboot,
    __NR_swapon,
    __NR_swapoff,
    __NR_syslog,
    __NR_acct,
    __NR_settimeofday,
    __NR_clock_settime,
    __NR_clock_adjtime,
    __NR_adjtimex,
    __NR_sethostname,
    __NR_setdomainname,
    __NR_vhangup,
#ifdef __NR_iopl
    __NR_iopl,
    __NR_ioperm,
    __NR_modify_ldt,
    __NR_uselib,
    __NR_ustat,
#endif
};

#define REFUSED (sizeof(refused) / sizeof(*refused))

struct program {
	struct sock_filter steps[2 * REFUSED + 40];
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

static void refuse_listed(struct program *program)
{
	for (size_t i = 0; i < REFUSED; i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
		end(program, REFUSE);
	}
}

/*
 * The resolver of libcurl is a thread. clone3 has its flags in memory, which a filter cannot read:
 * without it the C library takes clone.
 */
static void allow_threads(struct program *program)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1);
	end(program, UNKNOWN);
#ifndef SANITIZED
	add(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4);
	load(program, offsetof(struct seccomp_data, args[0]));
	add(program, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
	end(program, REFUSE);
	end(program, SECCOMP_RET_ALLOW);
#endif
}

/*
 * AF_NETLINK is how the C library finds out which addresses there are. Nobody needs AF_UNIX: the name
 * service goes on without nscd and systemd-resolved's module, and Landlock would not keep a daemon
 * from asking systemd or D-Bus to start a program.
 */
static void allow_sockets(struct program *program)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 6);
	load(program, offsetof(struct seccomp_data, args[0]));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 3, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 2, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 1, 0);
	end(program, REFUSE);
	end(program, SECCOMP_RET_ALLOW);
}

/* Typing into the terminal that it was started from. */
static void refuse_typing(struct program *program)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 5);
	load(program, offsetof(struct seccomp_data, args[1]));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 1);
	end(program, REFUSE);
	end(program, SECCOMP_RET_ALLOW);
}

/* That it is not dumpable is for good. */
static void refuse_dumps(struct program *program)
{
#ifndef SANITIZED
	add(program, BPF_JMP | BPF_JEQ | BPF_K, __NR_prctl, 0, 4);
	load(program, offsetof(struct seccomp_data, args[0]));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_DUMPABLE, 0, 1);
	end(program, REFUSE);
	end(program, SECCOMP_RET_ALLOW);
#else
	(void)program;
#endif
}

bool sandbox_filter(void)
{
	struct program program = {.length = 0};
	struct sock_fprog filter = {.filter = program.steps};

	check_architecture(&program);
	refuse_listed(&program);
	allow_threads(&program);
	allow_sockets(&program);
	refuse_typing(&program);
	refuse_dumps(&program);
	end(&program, SECCOMP_RET_ALLOW);
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
