/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static det_status fail_errno(struct det_message *message, det_status status,
                             const char *path, const char *what)
{
    return det_fail(message, status, "%s: cannot %s: %s", path, what,
                    strerror(errno));
}

/* ----------------------------------------------------------------- mapping */

static det_status map_descriptor(struct det_mapping *out, int descriptor,
                                 const char *path, struct det_message *message)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail_errno(message, DET_ERROR_READ, path, "read");
    if (!S_ISREG(about.st_mode))
        return det_fail(message, DET_ERROR_READ, "%s: not a regular file",
                        path);
    out->size = (size_t)about.st_size;
    if (out->size == 0)
        return DET_OK;
    void *data = mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED)
        return fail_errno(message, DET_ERROR_READ, path, "map");
    out->data = data;
    return DET_OK;
}

det_status det_mapping_open(struct det_mapping *out, const char *path,
                            struct det_message *message)
{
    *out = (struct det_mapping){0};
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fail_errno(message, DET_ERROR_READ, path, "open");
    const det_status status = map_descriptor(out, descriptor, path, message);
    close(descriptor);
    return status;
}

void det_mapping_close(struct det_mapping *mapping)
{
    if (mapping->data)
        munmap((void *)(uintptr_t)mapping->data, mapping->size);
    *mapping = (struct det_mapping){0};
}

void det_mapping_release(const struct det_mapping *mapping, const void *data,
                         size_t size)
{
    const uintptr_t first = (uintptr_t)mapping->data, at = (uintptr_t)data;
    if (at < first || at - first > mapping->size ||
        size > mapping->size - (at - first))
        return;
    /* Whole pages only: a neighbour's first page may be needed at once. */
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = (at + page - 1) & ~(page - 1);
    const uintptr_t end = (at + size) & ~(page - 1);
    if (mapping->data && begin < end)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
}

/* ----------------------------------------------------------------- reading */

enum { FIRST_READ = 64 * 1024 };

static det_status read_stream(uint8_t **data, size_t *size, FILE *stream,
                              const char *path, size_t limit,
                              struct det_message *message)
{
    size_t capacity = 0;
    while (!feof(stream)) {
        if (*size == capacity) {
            capacity = capacity ? 2 * capacity : FIRST_READ;
            DET_TRY(det_reallocate(data, capacity, 1, message));
        }
        *size += fread(*data + *size, 1, capacity - *size, stream);
        if (ferror(stream))
            return fail_errno(message, DET_ERROR_READ, path, "read");
        if (*size > limit)
            return det_fail(message, DET_ERROR_LIMIT,
                            "%s: larger than the limit of %zu bytes", path,
                            limit);
    }
    return DET_OK;
}

det_status det_file_read(uint8_t **data, size_t *size, const char *path,
                         size_t limit, struct det_message *message)
{
    *data = NULL;
    *size = 0;
    FILE *stream = fopen(path, "rbe");
    if (!stream)
        return fail_errno(message, DET_ERROR_READ, path, "open");
    const det_status status =
        read_stream(data, size, stream, path, limit, message);
    fclose(stream);
    if (status != DET_OK) {
        free(*data);
        *data = NULL;
        *size = 0;
    }
    return status;
}

/* ----------------------------------------------------------------- writing */

enum { TEMPORARY_SUFFIX = 32, TEMPORARY_ATTEMPTS = 100 };

/* A new file beside the final one, so that the rename stays on one disk.
 * (mkstemp would make it readable by its owner alone.) */
static int create_temporary(struct det_safe_file *file)
{
    const size_t size = strlen(file->path) + TEMPORARY_SUFFIX;
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        snprintf(file->temporary_path, size, "%s.%ld-%d.tmp", file->path,
                 (long)getpid(), attempt);
        const int descriptor =
            open(file->temporary_path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
                 0666);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
    }
    return -1;
}

static det_status open_temporary(struct det_safe_file *file)
{
    DET_TRY(det_allocate(&file->temporary_path,
                         strlen(file->path) + TEMPORARY_SUFFIX, 1,
                         file->message));
    const int descriptor = create_temporary(file);
    if (descriptor < 0) {
        const int create_errno = errno;
        free(file->temporary_path); /* there is no file to remove */
        file->temporary_path = NULL;
        errno = create_errno;
        return fail_errno(file->message, DET_ERROR_WRITE, file->path, "create");
    }
    file->stream = fdopen(descriptor, "wb");
    if (!file->stream) {
        close(descriptor);
        return fail_errno(file->message, DET_ERROR_WRITE, file->path, "open");
    }
    return DET_OK;
}

det_status det_safe_file_open(struct det_safe_file *out, const char *path,
                              struct det_message *message)
{
    *out = (struct det_safe_file){.message = message};
    det_status status;
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return det_fail(message, DET_ERROR_WRITE,
                        "%s: cannot write: not a regular file", path);
    DET_TRY_OR_FAIL(det_copy_text(&out->path, path, message));
    DET_TRY_OR_FAIL(open_temporary(out));
    return DET_OK;
fail:
    det_safe_file_discard(out);
    return status;
}

det_status det_safe_file_write(struct det_safe_file *file, const void *data,
                               size_t size)
{
    if (size && fwrite(data, 1, size, file->stream) != size)
        return fail_errno(file->message, DET_ERROR_WRITE, file->path, "write");
    return DET_OK;
}

/* Where a folder cannot be opened or synchronised at all, the file itself is
 * safe; only the name may come late.  A disk that fails is an error. */
static bool sync_folder(const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return true;
    bool good = true;
    const int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        good = fsync(folder) == 0 || errno == EINVAL || errno == ENOTSUP;
        const int sync_errno = errno;
        close(folder);
        errno = sync_errno;
    }
    free(copy);
    return good;
}

static bool flush_and_close(struct det_safe_file *file)
{
    const bool flushed =
        fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0;
    const int flush_errno = errno;
    const bool closed = fclose(file->stream) == 0;
    file->stream = NULL;
    if (!flushed)
        errno = flush_errno;
    return flushed && closed;
}

det_status det_safe_file_commit(struct det_safe_file *file)
{
    det_status status = DET_OK;
    if (!flush_and_close(file) ||
        rename(file->temporary_path, file->path) != 0) {
        status =
            fail_errno(file->message, DET_ERROR_WRITE, file->path, "write");
    } else {
        free(file->temporary_path); /* renamed: nothing left to remove */
        file->temporary_path = NULL;
        if (!sync_folder(file->path))
            status =
                fail_errno(file->message, DET_ERROR_WRITE, file->path, "write");
    }
    det_safe_file_discard(file);
    return status;
}

void det_safe_file_discard(struct det_safe_file *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->temporary_path)
        unlink(file->temporary_path);
    free(file->temporary_path);
    free(file->path);
    *file = (struct det_safe_file){0};
}
