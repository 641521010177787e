/* SPDX-License-Identifier: MIT */
/*
 * fail_at_call FOLDER N MODE LOG COMMAND...: run a command and let one of its
 * system calls go wrong.
 *
 * Counted are the calls that change files in FOLDER (an absolute path): open
 * to write, write, truncate, fsync, rename, unlink, mkdir, and close of what
 * was written.  The N-th of them is not done:
 *   kill            the command is killed instead (SIGKILL)
 *   ENOSPC, EIO     it fails so
 *   hang            counts what is opened to be read instead; the N-th and all
 *                   later ones never return
 * LOG gets the name and path of every counted call, one a line, up to that
 * one.  N = 0: nothing goes wrong.
 *
 * The exit code is the command's, 128 + N when signal N has ended it, or 77
 * where the kernel does not let us watch (Linux 5.5 and newer do: seccomp's
 * user notification, which needs no ptrace and so gets along with sanitizers).
 * SIGINT and SIGTERM are passed on.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, POLL_MS = 50 };

/* A call that is watched: which argument tells the file. */
struct call {
    int number;
    const char *name;
    int path;       /* argument that is a path; -1: none */
    int descriptor; /* argument that is a descriptor; -1: none */
    int flags;      /* argument with the flags of open; -1: it is not open */
    bool reads;     /* open, always to be read: so the library uses it */
};

static const struct call calls[] = {
    {__NR_openat, "open", 1, -1, 2, false},
#ifdef __NR_openat2
    {__NR_openat2, "open", 1, -1, -1, true},
#endif
    {__NR_write, "write", -1, 0, -1, false},
    {__NR_pwrite64, "write", -1, 0, -1, false},
    {__NR_writev, "write", -1, 0, -1, false},
    {__NR_ftruncate, "truncate", -1, 0, -1, false},
    {__NR_fsync, "fsync", -1, 0, -1, false},
    {__NR_fdatasync, "fsync", -1, 0, -1, false},
    {__NR_close, "close", -1, 0, -1, false},
    {__NR_renameat2, "rename", 1, -1, -1, false},
    {__NR_unlinkat, "unlink", 1, -1, -1, false},
    {__NR_mkdirat, "mkdir", 1, -1, -1, false},
#ifdef __NR_open
    {__NR_open, "open", 0, -1, 1, false},
#endif
#ifdef __NR_rename
    {__NR_rename, "rename", 0, -1, -1, false},
#endif
#ifdef __NR_renameat
    {__NR_renameat, "rename", 1, -1, -1, false},
#endif
#ifdef __NR_unlink
    {__NR_unlink, "unlink", 0, -1, -1, false},
#endif
#ifdef __NR_mkdir
    {__NR_mkdir, "mkdir", 0, -1, -1, false},
#endif
};

enum { CALLS = sizeof calls / sizeof calls[0] };

struct watch {
    const char *folder;
    unsigned long fail_at, count;
    const char *mode;
    FILE *log;
    pid_t child;
    int listener;
};

/* A signal handler can reach nothing but a global. */
static volatile pid_t child_of_handler;

static void pass_on(int number)
{
    if (child_of_handler > 0)
        kill(child_of_handler, number);
}

/* ---------------------------------------------------------------- the child */

/* The calls of the table ask the listener, which is returned; -1: the kernel
 * does not let us. */
static int install_filter(void)
{
    struct sock_filter filter[CALLS + 3];
    size_t n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < CALLS; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number,
            (unsigned char)(CALLS - i), 0);
    filter[n++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    const struct sock_fprog program = {(unsigned short)n, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* A message with a descriptor in it. */
struct parcel {
    char byte;
    struct iovec data;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message;
};

static void prepare(struct parcel *parcel)
{
    memset(parcel, 0, sizeof *parcel);
    parcel->data = (struct iovec){&parcel->byte, 1};
    parcel->message.msg_iov = &parcel->data;
    parcel->message.msg_iovlen = 1;
    parcel->message.msg_control = parcel->control.room;
    parcel->message.msg_controllen = sizeof parcel->control.room;
}

static bool send_descriptor(int socket, int descriptor)
{
    struct parcel parcel;
    prepare(&parcel);
    struct cmsghdr *header = CMSG_FIRSTHDR(&parcel.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &parcel.message, 0) == 1;
}

/* -1: none came. */
static int receive_descriptor(int socket)
{
    struct parcel parcel;
    int descriptor = -1;
    prepare(&parcel);
    if (recvmsg(socket, &parcel.message, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&parcel.message);
    if (header)
        memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

static void run_child(int socket, char **command)
{
    const int listener = install_filter();
    if (listener < 0 || !send_descriptor(socket, listener))
        _exit(SKIPPED);
    fcntl(listener, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(command[0], command);
    _exit(127);
}

/* -------------------------------------------------------------- one question
 */

static const struct call *call_of(int number)
{
    for (size_t i = 0; i < CALLS; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

static bool read_path(char path[PATH_MAX], pid_t process, unsigned long at)
{
    /* Up to the end of a page at a time: what follows may not be there. */
    for (size_t used = 0; used < PATH_MAX;) {
        size_t part = 4096 - (at + used) % 4096;
        if (part > PATH_MAX - used)
            part = PATH_MAX - used;
        const struct iovec here = {path + used, part};
        const struct iovec there = {(char *)0 + (at + used), part};
        if (process_vm_readv(process, &here, 1, &there, 1, 0) != (ssize_t)part)
            return false;
        if (memchr(path + used, 0, part))
            return true;
        used += part;
    }
    return false;
}

static bool path_of_descriptor(char path[PATH_MAX], pid_t process, int number)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)process, number);
    const ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return false;
    path[length] = 0;
    return true;
}

/* One that does not begin with a slash is of the folder whose descriptor is
 * the argument before it. */
static bool path_of_argument(char path[PATH_MAX], pid_t process,
                             const unsigned long long *arguments, int which)
{
    char folder[PATH_MAX], name[PATH_MAX];
    if (!read_path(name, process, (unsigned long)arguments[which]))
        return false;
    const bool is_whole = name[0] == '/';
    if (!is_whole &&
        (which == 0 ||
         !path_of_descriptor(folder, process, (int)arguments[which - 1])))
        return false;
    const int length =
        snprintf(path, PATH_MAX, "%s%s%s", is_whole ? "" : folder,
                 is_whole ? "" : "/", name);
    return length > 0 && length < PATH_MAX;
}

static bool is_written(pid_t process, int number)
{
    char name[64];
    long long position;
    unsigned flags = 0;
    snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", (int)process, number);
    FILE *file = fopen(name, "re");
    if (!file)
        return false;
    const bool known =
        fscanf(file, "pos: %lld flags: %o", &position, &flags) == 2;
    fclose(file);
    return known && (flags & O_ACCMODE) != O_RDONLY;
}

/* Whether it is about a file in the folder and of the kind that counts. */
static bool counts(const struct watch *w, const struct call *call,
                   const struct seccomp_notif *asked, char path[PATH_MAX])
{
    const unsigned long long *arguments = (const void *)asked->data.args;
    const pid_t process = (pid_t)asked->pid;
    const bool reads =
        call->reads ||
        (call->flags >= 0 && (arguments[call->flags] & O_ACCMODE) == O_RDONLY);
    if (reads != (strcmp(w->mode, "hang") == 0))
        return false;
    const bool known =
        call->path >= 0 ? path_of_argument(path, process, arguments, call->path)
                        : path_of_descriptor(path, process,
                                             (int)arguments[call->descriptor]);
    const size_t length = strlen(w->folder);
    if (!known || strncmp(path, w->folder, length) != 0 ||
        (path[length] && path[length] != '/'))
        return false;
    return call->number != __NR_close ||
           is_written(process, (int)arguments[call->descriptor]);
}

static int error_of(const char *mode)
{
    return strcmp(mode, "ENOSPC") == 0 ? ENOSPC : EIO;
}

/* The answer to one question; false: there is none. */
static bool answer(struct watch *w, const struct seccomp_notif *asked,
                   struct seccomp_notif_resp *out)
{
    char path[PATH_MAX];
    const struct call *call = call_of(asked->data.nr);
    out->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (!call || !counts(w, call, asked, path))
        return true;
    w->count++;
    const bool hangs = strcmp(w->mode, "hang") == 0;
    const bool is_it = w->fail_at > 0 && (hangs ? w->count >= w->fail_at
                                                : w->count == w->fail_at);
    if (w->fail_at == 0 || w->count <= w->fail_at) {
        fprintf(w->log, "%s %s\n", call->name, path);
        fflush(w->log);
    }
    if (!is_it)
        return true;
    if (strcmp(w->mode, "kill") == 0)
        kill(w->child, SIGKILL);
    if (strcmp(w->mode, "ENOSPC") != 0 && strcmp(w->mode, "EIO") != 0)
        return false;
    out->flags = 0;
    out->error = -error_of(w->mode);
    return true;
}

/* ----------------------------------------------------------------- the whole
 */

static void serve(struct watch *w)
{
    struct seccomp_notif asked;
    memset(&asked, 0, sizeof asked);
    if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
        return; /* it was killed meanwhile */
    struct seccomp_notif_resp response = {.id = asked.id};
    if (answer(w, &asked, &response))
        ioctl(w->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static int watch(struct watch *w)
{
    int status;
    struct pollfd ready = {.fd = w->listener, .events = POLLIN};
    while (waitpid(w->child, &status, WNOHANG) == 0)
        if (poll(&ready, 1, POLL_MS) > 0 && (ready.revents & POLLIN))
            serve(w);
        else if (ready.revents & POLLHUP)
            ready.fd = -1; /* all threads are gone; the end is near */
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    int sockets[2];
    if (argc < 6) {
        fputs("usage: fail_at_call FOLDER N MODE LOG COMMAND...\n", stderr);
        return 2;
    }
    struct watch w = {.folder = argv[1],
                      .fail_at = strtoul(argv[2], NULL, 10),
                      .mode = argv[3],
                      .log = fopen(argv[4], "we")};
    if (!w.log || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
        return 2;
    w.child = fork();
    if (w.child == 0)
        run_child(sockets[1], argv + 5);
    child_of_handler = w.child;
    signal(SIGINT, pass_on);
    signal(SIGTERM, pass_on);
    close(sockets[1]);
    w.listener = receive_descriptor(sockets[0]);
    const int code = watch(&w);
    if (w.listener < 0)
        fputs("skipped: the kernel does not let us watch\n", stderr);
    fclose(w.log);
    return w.listener < 0 ? SKIPPED : code;
}
