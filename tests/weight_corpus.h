/* SPDX-License-Identifier: MIT */
/* Small files of weights (tests/fuzz/corpus) and what is in them; what is not
 * so fails the Check test that called. */
#ifndef TESTS_WEIGHT_CORPUS_H
#define TESTS_WEIGHT_CORPUS_H

#include "weights/weights.h"

enum { WEIGHT_ARRAY_ELEMENTS = 16 };

/* An array that a file has; the rest of `values` is 0. */
struct weight_array {
    const char *name; /* NULL: behind the last */
    enum det_dtype dtype;
    int32_t rank;
    int64_t shape[4];
    double values[6];
};

void weight_array_check(const struct det_weight *weight,
                        const struct weight_array *expected);

/* The file, a path in two parts, has these arrays, of which there are at most
 * so many, in their order, and no others; `format` of its metadata, or NULL:
 * any. */
void weight_corpus_check(const char *folder, const char *file,
                         const struct weight_array *arrays, size_t most,
                         const char *format);

/* The file's bytes, in memory of exactly that size; to be freed. */
uint8_t *weight_corpus_read(size_t *size, const char *folder, const char *file);

#endif
