/* SPDX-License-Identifier: MIT */
#include "tests/weight_corpus.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "weights/read.h"

enum { PATH_BYTES = 1024, MAX_BYTES = 1 << 20 };

void weight_array_check(const struct det_weight *weight,
                        const struct weight_array *expected)
{
    float values[WEIGHT_ARRAY_ELEMENTS];
    size_t count = 1;
    ck_assert_str_eq(weight->name, expected->name);
    ck_assert_int_eq(weight->dtype, expected->dtype);
    ck_assert_int_eq(weight->rank, expected->rank);
    for (int32_t i = 0; i < expected->rank; i++) {
        ck_assert_int_eq(weight->shape[i], expected->shape[i]);
        count *= (size_t)expected->shape[i];
    }
    ck_assert_uint_eq(det_weight_count(weight), count);
    ck_assert_uint_le(count, WEIGHT_ARRAY_ELEMENTS);
    det_weight_copy_f32(values, weight);
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq((double)values[i], expected->values[i]);
}

void weight_corpus_check(const char *folder, const char *file,
                         const struct weight_array *arrays, size_t most,
                         const char *format)
{
    char path[PATH_BYTES];
    struct det_weights weights;
    struct det_message message = {.text = ""};
    snprintf(path, sizeof path, "%s%s", folder, file);
    if (det_weights_read(&weights, path, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    size_t count = 0;
    for (; count < most && arrays[count].name; count++) {
        ck_assert_uint_lt(count, weights.count);
        weight_array_check(&weights.items[count], &arrays[count]);
    }
    ck_assert_uint_eq(weights.count, count);
    if (format)
        ck_assert_str_eq(det_weights_metadata(&weights, "format"), format);
    det_weights_destroy(&weights);
}

uint8_t *weight_corpus_read(size_t *size, const char *folder, const char *file)
{
    char path[PATH_BYTES];
    uint8_t *data;
    struct det_message message = {.text = ""};
    snprintf(path, sizeof path, "%s%s", folder, file);
    if (det_file_read(&data, size, path, MAX_BYTES, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    uint8_t *exact = malloc(*size ? *size : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, data, *size);
    free(data);
    return exact;
}
