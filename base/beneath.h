/* SPDX-License-Identifier: MIT */
/*
 * Files whose names come from a file: opened beneath a folder and nowhere
 * else.  No absolute name, no "..", no symbolic link that leads out.
 */
#ifndef BASE_BENEATH_H
#define BASE_BENEATH_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

/* A descriptor for reading a regular file, the caller's to close().  `folder`
 * is the user's own and may be any.  Where the kernel has no openat2 (Linux
 * 5.6), every symbolic link beneath it is refused.  DET_ERROR_READ,
 * "FOLDER/NAME: <what>"; *descriptor is then -1. */
det_status det_beneath_open_file(int *descriptor, const char *folder,
                                 const char *name, struct det_message *message);

/* The same by walking from folder to folder, which any kernel can do. */
det_status det_beneath_walk(int *descriptor, const char *folder,
                            const char *name, struct det_message *message);

/* Read at most `limit` bytes; a longer file is DET_ERROR_LIMIT.  *data is
 * returned with free(), NULL on failure. */
det_status det_beneath_read(uint8_t **data, size_t *size, const char *folder,
                            const char *name, size_t limit,
                            struct det_message *message);

#endif
