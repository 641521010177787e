/* SPDX-License-Identifier: MIT */
/* A map with its padding around it, so that no window hangs over. */
#ifndef COMPUTE_CPU_CONV2D_PADDED_CPU_H
#define COMPUTE_CPU_CONV2D_PADDED_CPU_H

#include "compute/ops.h"

struct det_conv2d_padded {
    float *data;  /* [N, h, w, C] */
    int32_t h, w; /* what the windows of all outputs cover */
};

/* The sides; data is still to come. */
struct det_conv2d_padded det_conv2d_padded_of(const struct det_conv2d *op);
size_t det_conv2d_padded_count(const struct det_conv2d *op);

/* Copy the input between zeros. */
void det_conv2d_pad(int threads, const struct det_conv2d_padded *padded,
                    const struct det_conv2d *op);

/* Where the window of an output place begins. */
static inline const float *
det_conv2d_corner(const struct det_conv2d_padded *padded,
                  const struct det_conv2d *op, int64_t place)
{
    const int64_t x = place % op->out.w, row = place / op->out.w;
    const int64_t y = row % op->out.h, n = row / op->out.h;
    return padded->data + ((n * padded->h + y * op->shape.stride) * padded->w +
                           x * op->shape.stride) *
                              op->in.c;
}

#endif
