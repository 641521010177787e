/* SPDX-License-Identifier: MIT */
#ifndef APPS_WHOLE_FILE_H
#define APPS_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Write PATH.tmp and rename it, so that a reader, or a later run after a kill,
 * sees either the old file or the whole new one.  One that a kill has left is
 * written over by the next.  False: errno says why. */
bool whole_file_write(const char *path, const char *text, size_t size);

#endif
