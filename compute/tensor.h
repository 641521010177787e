/* SPDX-License-Identifier: MIT */
/*
 * Tensors: shape, place and kind of elements, no mathematics.
 *
 * Letters used in all folders:
 *   N images        C channels       H, W rows and columns of a map
 *   K output channels of a convolution, or classes of a predictor
 *   R regions of interest (RoIs)     A anchors at one place of a map
 *   P side of a pooled RoI (7 or 14)
 * Nouns: logits are before a sigmoid or softmax, scores after; deltas are
 * (dx, dy, dw, dh) of a box against an anchor or proposal; pred_ is ours, gt_
 * is the truth; boxes are x1, y1, x2, y2 in float pixels.
 *
 * Memory order is always NHWC (docs/layout.md has the measurement): the
 * channels of one place lie together, so that a 1x1 convolution and a linear
 * layer are one matrix product without a copy, and RoIAlign reads whole runs.
 */
#ifndef COMPUTE_TENSOR_H
#define COMPUTE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/on_device.h"

/* What the elements of a tensor are.  Sums are of floats in any case; the maps
 * and weights of a network may be stored in half the bytes on a GPU.  Boxes,
 * logits, scores and masks are floats everywhere. */
enum det_element {
    DET_ELEMENT_FP32,
    DET_ELEMENT_BF16, /* bfloat16: a float's range, 8 bits of significand */
    DET_ELEMENT_FP16  /* IEEE 754 binary16: up to 65,504, 11 bits */
};

static inline DET_ON_DEVICE size_t det_element_size(enum det_element element)
{
    return element == DET_ELEMENT_FP32 ? sizeof(float) : sizeof(uint16_t);
}

struct det_tensor {
    float *data; /* [n, h, w, c]; memory of the device, but where on_host.  Of
                    other elements than floats it is no more than the address,
                    as all pointers to weights and biases are */
    int32_t n;   /* images or RoIs in use */
    int32_t h, w, c;
    int32_t capacity; /* n that the memory has room for; n <= capacity */
    int32_t node;     /* its place on the tape (compute/tape.h); 0: nothing
                         that led to it is trained */
    bool on_host;     /* beside a device whose memory is not the host's */
    enum det_element element; /* not of the host's: those are floats */
};

/* Places of all maps: N*H*W. */
static inline DET_ON_DEVICE int64_t
det_tensor_places(const struct det_tensor *t)
{
    return (int64_t)t->n * t->h * t->w;
}

/* Elements in use: N*H*W*C. */
static inline DET_ON_DEVICE int64_t det_tensor_count(const struct det_tensor *t)
{
    return det_tensor_places(t) * t->c;
}

/* The same elements as maps of another shape, of as many elements each.  It is
 * the same block of memory (return either) and the same node. */
static inline struct det_tensor det_tensor_view(const struct det_tensor *t,
                                                int32_t h, int32_t w, int32_t c)
{
    struct det_tensor view = *t;
    view.h = h;
    view.w = w;
    view.c = c;
    return view;
}

/* Elements of one image or RoI: H*W*C. */
static inline DET_ON_DEVICE int64_t
det_tensor_stride(const struct det_tensor *t)
{
    return (int64_t)t->h * t->w * t->c;
}

/* Bytes in use. */
static inline size_t det_tensor_bytes(const struct det_tensor *t)
{
    return (size_t)det_tensor_count(t) * det_element_size(t->element);
}

/* Where image or RoI n begins. */
static inline DET_ON_DEVICE float *det_tensor_image(const struct det_tensor *t,
                                                    int64_t n)
{
    unsigned char *first = (unsigned char *)t->data;
    return (float *)(void *)(first + n * det_tensor_stride(t) *
                                         (int64_t)det_element_size(t->element));
}

/* Image or RoI n alone; the same block of memory, which its owner returns. */
static inline struct det_tensor det_tensor_one(const struct det_tensor *t,
                                               int32_t n)
{
    struct det_tensor one = *t;
    one.data = det_tensor_image(t, n);
    one.n = one.capacity = 1;
    return one;
}

#endif
