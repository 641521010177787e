/* SPDX-License-Identifier: MIT */
#include "detector/import_caffe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detector/caffe_names.h"
#include "weights/caffemodel.h"

/* A layer and its blobs, which lie together in the file. */
struct layer {
    char name[DET_NAME_SIZE];
    const struct det_weight *blobs;
    size_t count;
    struct det_caffe_layer caffe;
};

struct work {
    struct det_weights *out;
    const struct det_weights *file;
    struct det_message *message;
};

/* ------------------------------------------------------------------- adding */

/* `weight` as "<target><part>". */
static det_status add(const struct work *w, const struct layer *layer,
                      const char *part, struct det_weight weight)
{
    char name[DET_NAME_SIZE + 16];
    snprintf(name, sizeof name, "%s%s", layer->caffe.target, part);
    weight.name = name;
    return det_weights_add(w->out, &weight, w->message);
}

/* `weight` in another shape of as many elements. */
static det_status add_shaped(const struct work *w, const struct layer *layer,
                             const char *part, struct det_weight weight,
                             const int64_t *shape, int32_t rank)
{
    weight.rank = rank;
    memcpy(weight.shape, shape, (size_t)rank * sizeof *shape);
    det_weight_set_contiguous(&weight); /* as many as could be read */
    return add(w, layer, part, weight);
}

static det_status add_vector(const struct work *w, const struct layer *layer,
                             const char *part, const struct det_weight *weight)
{
    const int64_t count = (int64_t)det_weight_count(weight);
    return add_shaped(w, layer, part, *weight, &count, 1);
}

/* Floats of our own; `floats` belongs to the weights, or is freed. */
static det_status add_floats(const struct work *w, const struct layer *layer,
                             const char *part, float *floats,
                             const int64_t *shape, int32_t rank)
{
    const struct det_weight weight = {.dtype = DET_DTYPE_F32,
                                      .data = (const uint8_t *)floats};
    DET_TRY(det_weights_keep_block(w->out, floats, w->message));
    return add_shaped(w, layer, part, weight, shape, rank);
}

static det_status copy_floats(const struct work *w, float **out,
                              const struct det_weight *weight)
{
    DET_TRY(
        det_allocate(out, det_weight_count(weight), sizeof **out, w->message));
    det_weight_copy_f32(*out, weight);
    return DET_OK;
}

/* ------------------------------------------------------------------- checks */

static det_status check_blobs(const struct work *w, const struct layer *layer,
                              size_t least, size_t most)
{
    if (layer->count >= least && layer->count <= most)
        return DET_OK;
    return det_fail(w->message, DET_ERROR_MODEL,
                    "layer \"%s\" has %zu blobs; %zu are in such a layer",
                    layer->name, layer->count, most);
}

/* [N, K] of an inner product's weights, [1, 1, N, K] of an old one's. */
static det_status matrix_shape(const struct work *w, int64_t shape[2],
                               const struct layer *layer)
{
    const struct det_weight *weight = &layer->blobs[0];
    const bool old =
        weight->rank == 4 && weight->shape[0] == 1 && weight->shape[1] == 1;
    if (!old && weight->rank != 2)
        return det_fail(w->message, DET_ERROR_MODEL,
                        "layer \"%s\": weights of %d dimensions are not those "
                        "of an inner product",
                        layer->name, weight->rank);
    memcpy(shape, weight->shape + (old ? 2 : 0), 2 * sizeof *shape);
    return DET_OK;
}

/* ------------------------------------------------------- layers, by their role
 */

static det_status add_conv(const struct work *w, const struct layer *layer)
{
    DET_TRY(check_blobs(w, layer, 2, 2));
    DET_TRY(add(w, layer, ".weight", layer->blobs[0]));
    return add_vector(w, layer, ".bias", &layer->blobs[1]);
}

static det_status add_normed(const struct work *w, const struct layer *layer)
{
    DET_TRY(check_blobs(w, layer, 1, 2));
    return add(w, layer, ".weight", layer->blobs[0]);
}

static det_status add_linear(const struct work *w, const struct layer *layer)
{
    int64_t shape[2] = {0, 0};
    DET_TRY(check_blobs(w, layer, 2, 2));
    DET_TRY(matrix_shape(w, shape, layer));
    DET_TRY(add_shaped(w, layer, ".weight", layer->blobs[0], shape, 2));
    return add_vector(w, layer, ".bias", &layer->blobs[1]);
}

static det_status add_linear_map(const struct work *w,
                                 const struct layer *layer)
{
    const int64_t side = layer->caffe.side;
    int64_t matrix[2] = {0, 0};
    DET_TRY(check_blobs(w, layer, 2, 2));
    DET_TRY(matrix_shape(w, matrix, layer));
    if (matrix[1] % (side * side) != 0)
        return det_fail(w->message, DET_ERROR_MODEL,
                        "layer \"%s\": %lld columns are no map of %lld x %lld",
                        layer->name, (long long)matrix[1], (long long)side,
                        (long long)side);
    const int64_t shape[4] = {matrix[0], matrix[1] / (side * side), side, side};
    DET_TRY(add_shaped(w, layer, ".weight", layer->blobs[0], shape, 4));
    return add_vector(w, layer, ".bias", &layer->blobs[1]);
}

static det_status add_scale(const struct work *w, const struct layer *layer)
{
    DET_TRY(check_blobs(w, layer, 2, 2));
    DET_TRY(add_vector(w, layer, ".weight", &layer->blobs[0]));
    return add_vector(w, layer, ".bias", &layer->blobs[1]);
}

/* BatchNorm keeps sums and what they are to be divided by. */
static det_status read_factor(const struct work *w, float *out,
                              const struct layer *layer)
{
    const struct det_weight *blob = &layer->blobs[2];
    float factor = 0.0f;
    if (det_weight_count(blob) != 1)
        return det_fail(w->message, DET_ERROR_MODEL,
                        "layer \"%s\": a factor of %zu numbers", layer->name,
                        det_weight_count(blob));
    det_weight_copy_f32(&factor, blob);
    *out = factor == 0.0f ? 0.0f : 1.0f / factor;
    return DET_OK;
}

/* norm(x + bias) with a mean is norm(x) with the mean less the bias. */
static det_status subtract_bias(const struct work *w, float *mean, size_t count,
                                const struct layer *layer)
{
    char name[DET_NAME_SIZE + 4];
    float *bias;
    snprintf(name, sizeof name, "%s.1", layer->caffe.normed);
    const struct det_weight *blob = det_weights_find(w->file, name);
    if (!blob)
        return DET_OK;
    if (det_weight_count(blob) != count)
        return det_fail(w->message, DET_ERROR_MODEL,
                        "layer \"%s\" has %zu means for the %zu biases of "
                        "\"%s\"",
                        layer->name, count, det_weight_count(blob),
                        layer->caffe.normed);
    DET_TRY(copy_floats(w, &bias, blob));
    for (size_t i = 0; i < count; i++)
        mean[i] -= bias[i];
    free(bias);
    return DET_OK;
}

static det_status add_statistics(const struct work *w,
                                 const struct layer *layer)
{
    float factor = 0.0f, *mean, *variance;
    DET_TRY(check_blobs(w, layer, 3, 3));
    DET_TRY(read_factor(w, &factor, layer));
    const size_t means = det_weight_count(&layer->blobs[0]);
    const size_t variances = det_weight_count(&layer->blobs[1]);
    const int64_t sides[2] = {(int64_t)means, (int64_t)variances};
    DET_TRY(copy_floats(w, &mean, &layer->blobs[0]));
    for (size_t i = 0; i < means; i++)
        mean[i] *= factor;
    const det_status status = subtract_bias(w, mean, means, layer);
    if (status != DET_OK) {
        free(mean);
        return status;
    }
    DET_TRY(add_floats(w, layer, ".running_mean", mean, &sides[0], 1));
    DET_TRY(copy_floats(w, &variance, &layer->blobs[1]));
    for (size_t i = 0; i < variances; i++)
        variance[i] *= factor;
    return add_floats(w, layer, ".running_var", variance, &sides[1], 1);
}

/* Rows A.. less rows 0..A-1 of [2A, ...]. */
static det_status add_difference(const struct work *w,
                                 const struct layer *layer, const char *part,
                                 const struct det_weight *weight, int32_t rank)
{
    const size_t half = det_weight_count(weight) / 2;
    int64_t shape[DET_WEIGHT_RANK];
    float *floats;
    DET_TRY(copy_floats(w, &floats, weight));
    for (size_t i = 0; i < half; i++)
        floats[i] = floats[half + i] - floats[i];
    memcpy(shape, weight->shape, sizeof shape);
    shape[0] = (rank == 1 ? (int64_t)det_weight_count(weight) : shape[0]) / 2;
    return add_floats(w, layer, part, floats, shape, rank);
}

static det_status add_two_class(const struct work *w, const struct layer *layer)
{
    DET_TRY(check_blobs(w, layer, 2, 2));
    const struct det_weight *weight = &layer->blobs[0];
    const struct det_weight *bias = &layer->blobs[1];
    if (weight->rank != 4 || weight->shape[0] % 2 != 0 ||
        det_weight_count(bias) % 2 != 0)
        return det_fail(w->message, DET_ERROR_MODEL,
                        "layer \"%s\" does not have two scores for each "
                        "anchor",
                        layer->name);
    DET_TRY(add_difference(w, layer, ".weight", weight, 4));
    return add_difference(w, layer, ".bias", bias, 1);
}

static det_status add_unknown(const struct work *w, const struct layer *layer)
{
    for (size_t i = 0; i < layer->count; i++)
        DET_TRY(det_weights_add(w->out, &layer->blobs[i], w->message));
    return DET_OK;
}

static det_status add_layer(const struct work *w, const struct layer *layer)
{
    switch (layer->caffe.role) {
    case DET_CAFFE_NORMED:
        return add_normed(w, layer);
    case DET_CAFFE_CONV:
        return add_conv(w, layer);
    case DET_CAFFE_LINEAR:
        return add_linear(w, layer);
    case DET_CAFFE_LINEAR_MAP:
        return add_linear_map(w, layer);
    case DET_CAFFE_STATISTICS:
        return add_statistics(w, layer);
    case DET_CAFFE_SCALE:
        return add_scale(w, layer);
    case DET_CAFFE_TWO_CLASS:
        return add_two_class(w, layer);
    case DET_CAFFE_OTHER:
        break;
    }
    return add_unknown(w, layer);
}

/* ---------------------------------------------------------------- the file */

bool det_weights_are_caffe(const struct det_weights *weights)
{
    const char *format = det_weights_metadata(weights, "format");
    return format && strcmp(format, DET_CAFFEMODEL_FORMAT) == 0;
}

/* Length of "<layer>" in "<layer>.<index>". */
static size_t layer_length(const struct det_weight *blob)
{
    const char *point = strrchr(blob->name, '.');
    return point ? (size_t)(point - blob->name) : strlen(blob->name);
}

/* The layer whose first blob is item `at`. */
static void find_layer(struct layer *out, const struct det_weights *file,
                       size_t at, bool detector)
{
    const struct det_weight *first = &file->items[at];
    const size_t length = layer_length(first);
    *out = (struct layer){.blobs = first, .count = 1};
    while (at + out->count < file->count) {
        const struct det_weight *next = &file->items[at + out->count];
        if (layer_length(next) != length ||
            memcmp(next->name, first->name, length) != 0)
            break;
        out->count++;
    }
    snprintf(out->name, sizeof out->name, "%.*s", (int)length, first->name);
    if (length < sizeof out->name)
        det_caffe_layer_find(&out->caffe, out->name, detector);
}

det_status det_import_caffe(struct det_weights *out,
                            const struct det_weights *file,
                            struct det_message *message)
{
    const struct work work = {out, file, message};
    const bool detector = det_weights_find(file, "cls_score.0") != NULL;
    struct layer layer;
    *out = (struct det_weights){0};
    for (size_t at = 0; at < file->count; at += layer.count) {
        find_layer(&layer, file, at, detector);
        const det_status status = add_layer(&work, &layer);
        if (status != DET_OK) {
            det_weights_destroy(out);
            return status;
        }
    }
    return DET_OK;
}
