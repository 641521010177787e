/* SPDX-License-Identifier: MIT */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"

/* O_NONBLOCK: a pipe must not stop us before it is seen to be one. */
enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

static det_status refuse(const char *folder, const char *name,
                         struct det_message *message, const char *what)
{
    return det_fail(message, DET_ERROR_READ, "%s/%s: %s", folder, name, what);
}

/* ------------------------------------------------------------------- names */

/* The length of the part of a name up to the next slash. */
static size_t part_length(const char *name)
{
    return strcspn(name, "/");
}

/* Names are looked at before the kernel is asked, so that every kernel gives
 * the same answers. */
static const char *what_is_wrong(const char *name)
{
    if (name[0] == 0)
        return "an empty file name";
    if (name[0] == '/')
        return "an absolute file name; names must stay beneath the folder";
    if (strlen(name) >= PATH_MAX)
        return "a file name that is too long";
    for (const char *part = name; *part;) {
        const size_t length = part_length(part);
        if (length == 2 && part[0] == '.' && part[1] == '.')
            return "a file name with '..'; names must stay beneath the folder";
        part += length;
        part += *part == '/';
    }
    return NULL;
}

static const char *what_failed(int number)
{
    if (number == EXDEV)
        return "a symbolic link that leads out of the folder";
    if (number == ELOOP)
        return "a symbolic link that is not followed";
    return strerror(number);
}

static det_status check_kind(int *descriptor, const char *folder,
                             const char *name, struct det_message *message)
{
    struct stat about;
    if (fstat(*descriptor, &about) == 0 && S_ISREG(about.st_mode))
        return DET_OK;
    close(*descriptor);
    *descriptor = -1;
    return refuse(folder, name, message, "not a regular file");
}

/* --------------------------------------------------------- part by part */

static int open_parts(int folder, const char *name)
{
    char part[NAME_MAX + 1];
    int at = dup(folder);
    while (at >= 0 && *name) {
        const size_t length = part_length(name);
        const bool is_last = name[length + strspn(name + length, "/")] == 0;
        int next = -1;
        if (length > NAME_MAX) {
            errno = ENAMETOOLONG;
        } else {
            memcpy(part, name, length);
            part[length] = 0;
            next =
                openat(at, part,
                       OPEN_FLAGS | O_NOFOLLOW | (is_last ? 0 : O_DIRECTORY));
        }
        const int error = errno;
        close(at);
        errno = error;
        at = next;
        name += length;
        name += strspn(name, "/");
    }
    return at;
}

/* Either way of opening `name` beneath an open folder; -1 and errno. */
typedef int (*open_fn)(int folder, const char *name);

static det_status open_file(int *descriptor, const char *folder,
                            const char *name, open_fn open_name,
                            struct det_message *message)
{
    const char *wrong = what_is_wrong(name);
    *descriptor = -1;
    if (wrong)
        return refuse(folder, name, message, wrong);
    const int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return det_fail(message, DET_ERROR_READ,
                        "%s: cannot open the folder: %s", folder,
                        strerror(errno));
    *descriptor = open_name(at, name);
    const int error = errno;
    close(at);
    if (*descriptor < 0)
        return refuse(folder, name, message, what_failed(error));
    return check_kind(descriptor, folder, name, message);
}

det_status det_beneath_walk(int *descriptor, const char *folder,
                            const char *name, struct det_message *message)
{
    return open_file(descriptor, folder, name, open_parts, message);
}

/* ------------------------------------------------------------------ at once */

/* struct open_how and RESOLVE_* of linux/openat2.h, which older headers
 * lack. */
struct how {
    uint64_t flags, mode, resolve;
};

enum { STAY_BENEATH = 0x08, NO_MAGIC_LINKS = 0x02 };

/* A seccomp filter may say EPERM for what it does not know. */
static bool is_missing(int number)
{
    return number == ENOSYS || number == EPERM;
}

static int open_beneath(int folder, const char *name)
{
#ifdef SYS_openat2
    struct how how = {.flags = OPEN_FLAGS,
                      .resolve = STAY_BENEATH | NO_MAGIC_LINKS};
    const int descriptor =
        (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
    if (descriptor >= 0 || !is_missing(errno))
        return descriptor;
#endif
    return open_parts(folder, name);
}

det_status det_beneath_open_file(int *descriptor, const char *folder,
                                 const char *name, struct det_message *message)
{
    return open_file(descriptor, folder, name, open_beneath, message);
}

/* ------------------------------------------------------------------ reading */

enum { FIRST_READ = 256 * 1024 };

static det_status read_all(uint8_t **data, size_t *size, int descriptor,
                           const char *folder, const char *name, size_t limit,
                           struct det_message *message)
{
    size_t capacity = 0;
    for (;;) {
        if (*size == capacity) {
            capacity = capacity ? 2 * capacity : FIRST_READ;
            DET_TRY(det_reallocate(data, capacity, 1, message));
        }
        const ssize_t got = read(descriptor, *data + *size, capacity - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(folder, name, message, strerror(errno));
        if (got == 0)
            return DET_OK;
        *size += (size_t)got;
        if (*size > limit)
            return det_fail(message, DET_ERROR_LIMIT,
                            "%s/%s: larger than the limit of %zu bytes", folder,
                            name, limit);
    }
}

det_status det_beneath_read(uint8_t **data, size_t *size, const char *folder,
                            const char *name, size_t limit,
                            struct det_message *message)
{
    int descriptor;
    *data = NULL;
    *size = 0;
    DET_TRY(det_beneath_open_file(&descriptor, folder, name, message));
    const det_status status =
        read_all(data, size, descriptor, folder, name, limit, message);
    close(descriptor);
    if (status != DET_OK) {
        free(*data);
        *data = NULL;
        *size = 0;
    }
    return status;
}
