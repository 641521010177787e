/* SPDX-License-Identifier: MIT */
/*
 * Pillow's BILINEAR on bytes (libImaging/Resample.c): a triangle filter as
 * wide as the reduction, fixed-point weights of 22 bits, the horizontal pass
 * first and stored as bytes, then the vertical one.  Bit-exact.
 */
#ifndef COMPUTE_PILLOW_FILTER_H
#define COMPUTE_PILLOW_FILTER_H

#include <math.h>

#include "base/on_device.h"
#include "compute/ops.h"
#include "compute/pixel_layout.h"

/* The largest sum is 2 * 255 << 22, when every weight was rounded up from
 * 0.5: it fits. */
enum {
    DET_PILLOW_BITS = 32 - 8 - 2,
    DET_PILLOW_HALF = 1 << (DET_PILLOW_BITS - 1) /* what a sum begins with */
};

/* The filter of one axis: output index i takes count[i] source places from
 * first[i] on, by the weights weight[i * taps]... */
struct det_pillow_filter {
    int32_t in, out;
    size_t taps;     /* room for each output index */
    int32_t *first;  /* [out] */
    int32_t *count;  /* [out] */
    int32_t *weight; /* [out, taps] */
};

/* What the two passes need, one behind the other in scratch. */
struct det_pillow_passes {
    struct det_pillow_filter across, down;
    uint8_t *rows; /* [photo's height, resized_w, 3], after the first pass */
};

static inline DET_ON_DEVICE double det_pillow_scale(int32_t in, int32_t out)
{
    const double scale = (double)in / out;
    return scale < 1.0 ? 1.0 : scale;
}

static inline size_t det_pillow_taps(int32_t in, int32_t out)
{
    return (size_t)ceil(det_pillow_scale(in, out)) * 2 + 1;
}

static inline size_t det_pillow_count(int32_t in, int32_t out)
{
    return (size_t)out * (det_pillow_taps(in, out) + 2);
}

static inline size_t det_pillow_scratch(const struct det_resize *op)
{
    const det_pixels *in = &op->pixels;
    const size_t filters = det_pillow_count(in->width, op->resized_w) +
                           det_pillow_count(in->height, op->resized_h);
    return filters * sizeof(int32_t) +
           (size_t)op->resized_w * (size_t)in->height * DET_RGB;
}

/* A filter in `memory`, not filled yet. */
static inline struct det_pillow_filter
det_pillow_filter_in(int32_t *memory, int32_t in, int32_t out)
{
    int32_t *count = memory + out, *weight = count + out;
    const struct det_pillow_filter filter = {
        in, out, det_pillow_taps(in, out), memory, count, weight};
    return filter;
}

static inline struct det_pillow_passes
det_pillow_passes_in(void *scratch, const struct det_resize *op)
{
    const det_pixels *in = &op->pixels;
    int32_t *memory = (int32_t *)scratch;
    int32_t *behind = memory + det_pillow_count(in->width, op->resized_w);
    int32_t *rest = behind + det_pillow_count(in->height, op->resized_h);
    const struct det_pillow_passes passes = {
        det_pillow_filter_in(memory, in->width, op->resized_w),
        det_pillow_filter_in(behind, in->height, op->resized_h),
        (uint8_t *)rest};
    return passes;
}

static inline DET_ON_DEVICE double det_pillow_triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* The order of operations is Pillow's: the last bit decides a rounding. */
static inline DET_ON_DEVICE void
det_pillow_fill(const struct det_pillow_filter *filter, int32_t index)
{
    const double ratio = (double)filter->in / filter->out;
    const double scale = det_pillow_scale(filter->in, filter->out);
    const double centre = (index + 0.5) * ratio;
    int32_t begin = (int32_t)(centre - scale + 0.5);
    int32_t end = (int32_t)fmin(centre + scale + 0.5, (double)filter->in);
    begin = begin < 0 ? 0 : begin;
    double sum = 0.0;
    for (int32_t i = begin; i < end; i++)
        sum += det_pillow_triangle((i - centre + 0.5) * (1.0 / scale));
    int32_t *weight = filter->weight + (size_t)index * filter->taps;
    for (int32_t i = begin; i < end; i++) {
        const double share =
            det_pillow_triangle((i - centre + 0.5) * (1.0 / scale)) / sum;
        weight[i - begin] = (int32_t)(0.5 + share * (1 << DET_PILLOW_BITS));
    }
    filter->first[index] = begin;
    filter->count[index] = end - begin;
}

/* The byte of a sum of weighted bytes. */
static inline DET_ON_DEVICE uint8_t det_pillow_clip(int32_t sum)
{
    const int32_t value = sum >> DET_PILLOW_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

#endif
