/* SPDX-License-Identifier: MIT */
/*
 * Arrays of MATLAB's MAT-files, level 5 ("save -v5", -v6 and -v7), of either
 * byte order: numbers and structures; all else is passed over.  Source:
 * "MAT-File Format", The MathWorks, chapter 1.  Files may come from anywhere.
 */
#ifndef DATASETS_MAT_FILE_H
#define DATASETS_MAT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

/* Bytes of a file, or inflated from one; for messages they know their start. */
struct det_mat_bytes {
    const uint8_t *data;
    size_t size;
    const uint8_t *origin; /* what messages count from */
    bool is_inflated, is_big_endian;
};

/* Points into the variable it comes from. */
struct det_mat_array {
    bool is_struct;
    size_t rows, columns; /* further dimensions count as columns */
    int type;             /* of the numbers in the file; 0: it has none */
    size_t number_size;   /* bytes of one */
    struct det_mat_bytes content; /* numbers [columns, rows], or fields */
};

struct det_mat_variable {
    struct det_mat_array array;
    uint8_t *inflated; /* or NULL: the array points into the file */
};

/* Find a variable by its name.  At most `limit` bytes are inflated on the way.
 * DET_ERROR_DATASET: "byte N: <what>", or there is no such variable; *out is
 * then zeroed. */
det_status det_mat_find(struct det_mat_variable *out, const uint8_t *data,
                        size_t size, const char *name, size_t limit,
                        struct det_message *message);
void det_mat_variable_destroy(struct det_mat_variable *variable);

/* A field of the first element of a structure array. */
det_status det_mat_field(struct det_mat_array *out,
                         const struct det_mat_array *structure,
                         const char *name, struct det_message *message);

/* Number `index`, down the columns, of an array whose type is not 0; index <
 * rows * columns. */
double det_mat_number(const struct det_mat_array *array, size_t index);

#endif
