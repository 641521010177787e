/* SPDX-License-Identifier: MIT */
/* The prison of detect-convert: what is forbidden fails, what is needed works.
 * Exits 77 (meson: skipped) where the kernel or a sanitizer rules it out. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/prison.h"

static int failures;

static void expect(int fine, const char *what)
{
    if (fine)
        return;
    failures++;
    printf("FAILED: %s\n", what);
}

static void *set_flag(void *flag)
{
    *(int *)flag = 1;
    return NULL;
}

/* A thread that is there before the prison, as OpenBLAS has them. */
struct early_thread {
    pthread_barrier_t barrier;
    int socket_result;
    int socket_error;
};

static void *try_socket(void *user)
{
    struct early_thread *early = user;
    pthread_barrier_wait(&early->barrier);
    early->socket_result = socket(AF_INET, SOCK_STREAM, 0);
    early->socket_error = errno;
    return NULL;
}

static void check_forbidden(void)
{
    char *const arguments[] = {NULL};
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    expect(child < 0 && errno == EPERM, "fork is refused");
    if (child > 0)
        waitpid(child, NULL, 0);
    expect(execve("/bin/true", arguments, arguments) < 0 && errno == EPERM,
           "execve is refused");
    expect(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM,
           "socket is refused");
    expect(syscall(SYS_connect, -1, NULL, 0) < 0 && errno == EPERM,
           "connect is refused");
    expect(system("true") != 0, "system() does not run anything");
}

static void check_allowed(const char *directory)
{
    char path[512];
    int flag = 0;
    pthread_t thread;
    expect(pthread_create(&thread, NULL, set_flag, &flag) == 0 &&
               pthread_join(thread, NULL) == 0 && flag == 1,
           "a thread runs");
    snprintf(path, sizeof path, "%s/prison_check.tmp", directory);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    expect(file >= 0 && write(file, "x", 1) == 1, "a file can be written");
    close(file);
    expect(unlink(path) == 0, "a file can be removed");
}

static void check_memory(void)
{
    const size_t size = (size_t)1 << 29;
    void *half =
        mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(half != MAP_FAILED, "half of the memory can be had");
    void *more =
        mmap(NULL, 2 * size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(more == MAP_FAILED && errno == ENOMEM, "not more than all of it");
}

int main(int argc, char **argv)
{
    struct early_thread early = {0};
    pthread_t thread;
    pthread_barrier_init(&early.barrier, NULL, 2);
    if (pthread_create(&thread, NULL, try_socket, &early) != 0)
        return 99;
    const int locked = prison_enter((uint64_t)1 << 30);
    pthread_barrier_wait(&early.barrier);
    pthread_join(thread, NULL);
    if (!locked) {
        perror("skipped: no prison here");
        return 77;
    }
    expect(early.socket_result < 0 && early.socket_error == EPERM,
           "an earlier thread is locked in as well");
    check_forbidden();
    check_allowed(argc > 1 ? argv[1] : "/tmp");
    check_memory();
    printf("%d failures\n", failures);
    return failures ? 1 : 0;
}
