/* SPDX-License-Identifier: MIT */
#include "weights/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/memory.h"
#include "weights/half.h"

static const struct {
    const char *name;
    size_t size;
} dtypes[DET_DTYPES] = {
    [DET_DTYPE_F64] = {"F64", 8}, [DET_DTYPE_F32] = {"F32", 4},
    [DET_DTYPE_F16] = {"F16", 2}, [DET_DTYPE_BF16] = {"BF16", 2},
    [DET_DTYPE_I64] = {"I64", 8}, [DET_DTYPE_I32] = {"I32", 4},
    [DET_DTYPE_I16] = {"I16", 2}, [DET_DTYPE_I8] = {"I8", 1},
    [DET_DTYPE_U8] = {"U8", 1},   [DET_DTYPE_BOOL] = {"BOOL", 1},
};

const char *det_dtype_name(enum det_dtype dtype)
{
    return (unsigned)dtype < DET_DTYPES ? dtypes[dtype].name : "?";
}

size_t det_dtype_size(enum det_dtype dtype)
{
    return (unsigned)dtype < DET_DTYPES ? dtypes[dtype].size : 0;
}

/* ------------------------------------------------------------------- shapes */

size_t det_weight_count(const struct det_weight *weight)
{
    size_t count = 1;
    for (int32_t i = 0; i < weight->rank; i++)
        count *= (size_t)weight->shape[i]; /* checked when it was read */
    return count;
}

bool det_weight_extent(size_t *out, const struct det_weight *weight)
{
    size_t last = 0, count = 1;
    for (int32_t i = 0; i < weight->rank; i++) {
        size_t reach;
        if (weight->shape[i] < 0 || weight->stride[i] < 0 ||
            !det_checked_mul(&count, count, (size_t)weight->shape[i]))
            return false;
        if (weight->shape[i] == 0)
            continue;
        if (!det_checked_mul(&reach, (size_t)weight->shape[i] - 1,
                             (size_t)weight->stride[i]) ||
            !det_checked_add(&last, last, reach))
            return false;
    }
    *out = count ? last + 1 : 0;
    return last < SIZE_MAX;
}

bool det_weight_set_contiguous(struct det_weight *weight)
{
    size_t count = 1;
    for (int32_t i = weight->rank - 1; i >= 0; i--) {
        weight->stride[i] = (int64_t)count;
        if (weight->shape[i] < 0 ||
            !det_checked_mul(&count, count, (size_t)weight->shape[i]) ||
            count > (size_t)INT64_MAX)
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ copying */

/* Unaligned: containers put data where they like. */
static double load_element(const uint8_t *data, enum det_dtype dtype)
{
    union {
        double f64;
        float f32;
        uint16_t u16;
        int64_t i64;
        int32_t i32;
        int16_t i16;
    } u;
    memcpy(&u, data, det_dtype_size(dtype));
    switch (dtype) {
    case DET_DTYPE_F64:
        return u.f64;
    case DET_DTYPE_F32:
        return (double)u.f32;
    case DET_DTYPE_F16:
        return (double)det_half_to_float(u.u16);
    case DET_DTYPE_BF16:
        return (double)det_bfloat_to_float(u.u16);
    case DET_DTYPE_I64:
        return (double)u.i64;
    case DET_DTYPE_I32:
        return (double)u.i32;
    case DET_DTYPE_I16:
        return (double)u.i16;
    case DET_DTYPE_I8:
        return (double)(int8_t)data[0];
    case DET_DTYPE_U8:
        return (double)data[0];
    case DET_DTYPE_BOOL:
        return data[0] ? 1.0 : 0.0;
    case DET_DTYPES:
        break;
    }
    return 0.0;
}

static bool is_contiguous(const struct det_weight *weight)
{
    int64_t expected = 1;
    for (int32_t i = weight->rank - 1; i >= 0; i--) {
        if (weight->shape[i] != 1 && weight->stride[i] != expected)
            return false;
        expected *= weight->shape[i];
    }
    return true;
}

/* Where element `index` of row-major order lies, in elements. */
static size_t element_offset(const struct det_weight *weight, size_t index)
{
    size_t offset = 0;
    for (int32_t i = weight->rank - 1; i >= 0; i--) {
        const size_t side = (size_t)weight->shape[i];
        offset += index % side * (size_t)weight->stride[i];
        index /= side;
    }
    return offset;
}

void det_weight_copy_f32(float *out, const struct det_weight *weight)
{
    const size_t count = det_weight_count(weight);
    const size_t size = det_dtype_size(weight->dtype);
    if (count == 0)
        return; /* and the other sides may be of any size */
    const bool contiguous = is_contiguous(weight);
    if (contiguous && weight->dtype == DET_DTYPE_F32) {
        memcpy(out, weight->data, count * sizeof(float));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t at = contiguous ? i : element_offset(weight, i);
        out[i] = (float)load_element(weight->data + at * size, weight->dtype);
    }
}

/* ------------------------------------------------------------------ finite? */

static det_status fail_not_finite(const struct det_weight *weight, size_t index,
                                  double value, struct det_message *message)
{
    return det_fail(message, DET_ERROR_MODEL,
                    "tensor \"%s\" holds %s at element %zu", weight->name,
                    isnan(value) ? "NaN" : "an infinity", index);
}

/* An exponent of all ones is NaN or infinity.  No early exit, so that the loop
 * vectorises: it passes over every byte of a model at each start. */
static bool all_finite_f32(const uint8_t *data, size_t count)
{
    uint32_t worst = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, data + i * sizeof bits, sizeof bits);
        worst |= (uint32_t)((bits & 0x7f800000u) == 0x7f800000u);
    }
    return worst == 0;
}

det_status det_weight_check_finite(const struct det_weight *weight,
                                   struct det_message *message)
{
    const size_t count = det_weight_count(weight);
    const size_t size = det_dtype_size(weight->dtype);
    if (weight->dtype > DET_DTYPE_BF16 || count == 0)
        return DET_OK; /* integers, or nothing */
    if (weight->dtype == DET_DTYPE_F32 && is_contiguous(weight) &&
        all_finite_f32(weight->data, count))
        return DET_OK;
    for (size_t i = 0; i < count; i++) {
        const double value = load_element(
            weight->data + element_offset(weight, i) * size, weight->dtype);
        if (!isfinite(value) || !isfinite((float)value))
            return fail_not_finite(weight, i, value, message);
    }
    return DET_OK;
}

det_status det_weights_check_finite(const struct det_weights *weights,
                                    struct det_message *message)
{
    for (size_t i = 0; i < weights->count; i++)
        DET_TRY(det_weight_check_finite(&weights->items[i], message));
    return DET_OK;
}

/* ------------------------------------------------------------------- floats */

static bool needs_floats(const struct det_weight *weight)
{
    return weight->dtype == DET_DTYPE_F16 || weight->dtype == DET_DTYPE_BF16 ||
           (weight->dtype == DET_DTYPE_F32 &&
            (uintptr_t)weight->data % sizeof(float) != 0);
}

static det_status make_floats(struct det_weights *weights,
                              struct det_weight *weight,
                              struct det_message *message)
{
    float *floats;
    DET_TRY(det_allocate(&floats, det_weight_count(weight), sizeof *floats,
                         message));
    det_weight_copy_f32(floats, weight);
    DET_TRY(det_weights_keep_block(weights, floats, message));
    weight->data = (const uint8_t *)floats;
    weight->dtype = DET_DTYPE_F32;
    det_weight_set_contiguous(weight);
    return DET_OK;
}

det_status det_weights_make_floats(struct det_weights *weights,
                                   struct det_message *message)
{
    for (size_t i = 0; i < weights->count; i++)
        if (needs_floats(&weights->items[i]))
            DET_TRY(make_floats(weights, &weights->items[i], message));
    return DET_OK;
}

/* ----------------------------------------------------------------- building */

det_status det_weights_map(struct det_weights *out, const char *path,
                           det_weights_parse parse, struct det_message *message)
{
    struct det_mapping mapping;
    *out = (struct det_weights){0};
    DET_TRY(det_mapping_open(&mapping, path, message));
    const det_status status = parse(out, mapping.data, mapping.size, message);
    if (status != DET_OK) {
        det_mapping_close(&mapping);
        det_message_prefix(message, path);
        return status;
    }
    out->mapping = mapping;
    return DET_OK;
}

det_status det_weights_add(struct det_weights *weights,
                           const struct det_weight *weight,
                           struct det_message *message)
{
    if (weights->count == weights->capacity) {
        const size_t capacity = weights->capacity ? 2 * weights->capacity : 64;
        DET_TRY(det_reallocate(&weights->items, capacity,
                               sizeof *weights->items, message));
        weights->capacity = capacity;
    }
    struct det_weight *item = &weights->items[weights->count];
    *item = *weight;
    DET_TRY(det_copy_text(&item->name, weight->name, message));
    weights->count++;
    return DET_OK;
}

det_status det_weights_add_metadata(struct det_weights *weights,
                                    const char *key, const char *value,
                                    struct det_message *message)
{
    struct det_weights_pair pair = {NULL, NULL};
    DET_TRY(det_reallocate(&weights->metadata, weights->num_metadata + 1,
                           sizeof *weights->metadata, message));
    DET_TRY(det_copy_text(&pair.key, key, message));
    const det_status status = det_copy_text(&pair.value, value, message);
    if (status != DET_OK) {
        free(pair.key);
        return status;
    }
    weights->metadata[weights->num_metadata++] = pair;
    return DET_OK;
}

det_status det_weights_keep_block(struct det_weights *weights, void *block,
                                  struct det_message *message)
{
    const det_status status =
        det_reallocate(&weights->blocks, weights->num_blocks + 1,
                       sizeof *weights->blocks, message);
    if (status != DET_OK) {
        free(block);
        return status;
    }
    weights->blocks[weights->num_blocks++] = block;
    return DET_OK;
}

static int compare_names(const void *a, const void *b, void *items)
{
    const struct det_weight *all = items;
    return strcmp(all[*(const size_t *)a].name, all[*(const size_t *)b].name);
}

det_status det_weights_finish(struct det_weights *weights,
                              struct det_message *message)
{
    DET_TRY(det_allocate(&weights->order, weights->count,
                         sizeof *weights->order, message));
    for (size_t i = 0; i < weights->count; i++)
        weights->order[i] = i;
    if (weights->count > 1)
        qsort_r(weights->order, weights->count, sizeof *weights->order,
                compare_names, weights->items);
    for (size_t i = 1; i < weights->count; i++) {
        const char *name = weights->items[weights->order[i]].name;
        if (strcmp(weights->items[weights->order[i - 1]].name, name) == 0)
            return det_fail(message, DET_ERROR_MODEL,
                            "tensor \"%s\" occurs twice", name);
    }
    return DET_OK;
}

/* ------------------------------------------------------------------ queries */

const struct det_weight *det_weights_find(const struct det_weights *weights,
                                          const char *name)
{
    size_t low = 0, high = weights->order ? weights->count : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct det_weight *item = &weights->items[weights->order[middle]];
        const int order = strcmp(name, item->name);
        if (order == 0)
            return item;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *det_weights_metadata(const struct det_weights *weights,
                                 const char *key)
{
    for (size_t i = 0; i < weights->num_metadata; i++)
        if (strcmp(weights->metadata[i].key, key) == 0)
            return weights->metadata[i].value;
    return NULL;
}

void det_weights_destroy(struct det_weights *weights)
{
    for (size_t i = 0; i < weights->count; i++)
        free(weights->items[i].name);
    for (size_t i = 0; i < weights->num_metadata; i++) {
        free(weights->metadata[i].key);
        free(weights->metadata[i].value);
    }
    for (size_t i = 0; i < weights->num_blocks; i++)
        free(weights->blocks[i]);
    free(weights->items);
    free(weights->order);
    free(weights->metadata);
    free(weights->blocks);
    det_mapping_close(&weights->mapping);
    *weights = (struct det_weights){0};
}
