/* SPDX-License-Identifier: MIT */
#include "apps/prison.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* The sanitizers reserve terabytes of address space and find leaks by a
 * process of their own, which is what the prison forbids. */
#if defined(__SANITIZE_ADDRESS__) || !defined(NATIVE_ARCHITECTURE)
#define PRISON_AVAILABLE 0
#else
#define PRISON_AVAILABLE 1
#endif

#if PRISON_AVAILABLE

#define LOAD(field)                                                            \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define DENY RETURN(SECCOMP_RET_ERRNO | EPERM)
/* The instruction that follows is for this call only. */
#define IF_CALL(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1)
#define DENY_CALL(number) IF_CALL(number), DENY

static bool limit_memory(uint64_t memory)
{
    unsigned long pages = 0;
    FILE *status = fopen("/proc/self/statm", "re");
    if (!status)
        return false;
    int fields = fscanf(status, "%lu", &pages);
    fclose(status);
    uint64_t used = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    struct rlimit limit;
    if (fields != 1 || getrlimit(RLIMIT_AS, &limit) != 0)
        return false;
    /* A lower limit that is there already stays. */
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur <= used + memory)
        return true;
    limit.rlim_cur = used + memory;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < limit.rlim_cur)
        limit.rlim_cur = limit.rlim_max;
    limit.rlim_max = limit.rlim_cur;
    return setrlimit(RLIMIT_AS, &limit) == 0;
}

static bool lock_calls(void)
{
    static const struct sock_filter filter[] = {
        /* Calls of another architecture have other numbers. */
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCHITECTURE, 1, 0),
        DENY,
        LOAD(nr),
#if defined(__x86_64__)
        /* So have those of the x32 variant. */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        DENY,
        DENY_CALL(__NR_fork),
        DENY_CALL(__NR_vfork),
#endif
        DENY_CALL(__NR_execve),
        DENY_CALL(__NR_execveat),
        DENY_CALL(__NR_socket),
        DENY_CALL(__NR_socketpair),
        DENY_CALL(__NR_connect),
        DENY_CALL(__NR_bind),
        DENY_CALL(__NR_ptrace),
        DENY_CALL(__NR_process_vm_writev),
        DENY_CALL(__NR_io_uring_setup),
        DENY_CALL(__NR_kill),
        /* A filter cannot see the flags of clone3; "not there" makes the C
         * library fall back to clone, of which threads are let through. */
        IF_CALL(__NR_clone3),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
        LOAD(args[0]), /* the low half: little endian only */
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
        DENY,
        RETURN(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {
        .len = sizeof filter / sizeof filter[0],
        .filter = (struct sock_filter *)(uintptr_t)filter,
    };
    /* TSYNC: threads that libraries started before are locked in as well. */
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
                   SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

bool prison_enter(uint64_t memory)
{
    bool limited = limit_memory(memory);
    int reason = errno;
    if (!lock_calls())
        return false;
    errno = reason;
    return limited;
}

#else

bool prison_enter(uint64_t memory)
{
    (void)memory;
    errno = ENOSYS;
    return false;
}

#endif
