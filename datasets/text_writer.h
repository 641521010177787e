/* SPDX-License-Identifier: MIT */
/* Text files that are complete or not there.  The host's locale is without
 * effect on numbers. */
#ifndef DATASETS_TEXT_WRITER_H
#define DATASETS_TEXT_WRITER_H

#include <stdbool.h>

#include "base/file.h"

struct det_text_writer {
    struct det_safe_file file;
    FILE *out; /* errors are seen by det_text_writer_commit */
};

/* DET_ERROR_WRITE when the file is there already, unless `overwrite`. */
det_status det_text_writer_open(struct det_text_writer *writer,
                                const char *path, bool overwrite,
                                struct det_message *message);
/* Ends the writer either way: the file is there when `status` is DET_OK and
 * all was written. */
det_status det_text_writer_close(struct det_text_writer *writer,
                                 det_status status);

/* DET_ERROR_WRITE when something is at `path` and must not be replaced. */
det_status det_refuse_existing(const char *path, bool overwrite,
                               struct det_message *message);

/* As printf; for whole numbers and text. */
void det_put(FILE *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* With as few digits as give the same double again; NaN and infinite ones,
 * which no format here can hold, as 0. */
void det_put_number(FILE *out, double value);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void det_put_json(FILE *out, const char *text);

/* Text of an XML element; control characters and bytes that are not UTF-8
 * become '?'. */
void det_put_xml(FILE *out, const char *text);

#endif
