/* SPDX-License-Identifier: MIT */
#include "apps/whole_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static bool write_and_close(FILE *file, const char *text, size_t size)
{
    const bool written = fwrite(text, 1, size, file) == size &&
                         fflush(file) == 0 && fsync(fileno(file)) == 0;
    const int write_errno = errno;
    const bool closed = fclose(file) == 0;
    if (!written)
        errno = write_errno;
    return written && closed;
}

bool whole_file_write(const char *path, const char *text, size_t size)
{
    char temporary[PATH_MAX];
    const int length = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (length < 0 || length >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    FILE *file = fopen(temporary, "we");
    if (!file)
        return false;
    if (write_and_close(file, text, size) && rename(temporary, path) == 0)
        return true;
    const int write_errno = errno;
    unlink(temporary);
    errno = write_errno;
    return false;
}
