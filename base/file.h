/* SPDX-License-Identifier: MIT */
/* Files: bounded reading, read-only mapping, all-or-nothing writing. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/message.h"

/* A whole file mapped read-only; shared with other processes by the kernel.
 * Who shortens the file meanwhile ends this process (SIGBUS): do not keep one
 * for longer than it takes to read the file. */
struct det_mapping {
    const uint8_t *data; /* NULL when size is 0 */
    size_t size;         /* bytes */
};

/* Refuses what is not a regular file.  Messages begin with `path`. */
det_status det_mapping_open(struct det_mapping *out, const char *path,
                            struct det_message *message);
void det_mapping_close(struct det_mapping *mapping);

/* The kernel may drop the pages of [data, data + size) from this process'
 * resident memory; they are read again when touched.  What is not of the
 * mapping is left alone. */
void det_mapping_release(const struct det_mapping *mapping, const void *data,
                         size_t size);

/* Read at most `limit` bytes of a file (or of a pipe); a longer one is
 * DET_ERROR_LIMIT.  *data is returned with free(). */
det_status det_file_read(uint8_t **data, size_t *size, const char *path,
                         size_t limit, struct det_message *message);

/* A file that appears under its name only when it is complete: written to a
 * temporary name in the same folder, fsync, rename, fsync of the folder. */
struct det_safe_file {
    FILE *stream;
    char *path;
    char *temporary_path;
    struct det_message *message;
};

/* Refuses what exists and is no regular file: a rename would put a file in
 * the place of /dev/null. */
det_status det_safe_file_open(struct det_safe_file *out, const char *path,
                              struct det_message *message);
det_status det_safe_file_write(struct det_safe_file *file, const void *data,
                               size_t size);
/* Complete the file.  Frees everything, also on failure. */
det_status det_safe_file_commit(struct det_safe_file *file);
/* Drop an unfinished file; does nothing after a commit. */
void det_safe_file_discard(struct det_safe_file *file);

#endif
