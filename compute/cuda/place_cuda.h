/* SPDX-License-Identifier: MIT */
/* From an element's number to its place. */
#ifndef COMPUTE_CUDA_PLACE_CUDA_H
#define COMPUTE_CUDA_PLACE_CUDA_H

#include "base/on_device.h"
#include "compute/tensor.h"

struct det_place {
    int32_t n, y, x, k; /* image, row, column, channel */
};

/* a / b, neither negative.  GPUs divide 64 bits by a long subroutine, several
 * times slower than 32. */
static inline DET_ON_DEVICE int64_t det_quotient(int64_t a, int64_t b)
{
    return a <= UINT32_MAX && b <= UINT32_MAX
               ? (int64_t)((uint32_t)a / (uint32_t)b)
               : a / b;
}

/* Of element i in a tensor shaped like t. */
static inline DET_ON_DEVICE struct det_place
det_place_at(const struct det_tensor *t, int64_t i)
{
    const int64_t place = det_quotient(i, t->c);
    const int64_t row = det_quotient(place, t->w);
    const int64_t image = det_quotient(row, t->h);
    struct det_place p;
    p.n = (int32_t)image;
    p.y = (int32_t)(row - image * t->h);
    p.x = (int32_t)(place - row * t->w);
    p.k = (int32_t)(i - place * t->c);
    return p;
}

/* The element at place (y, x) of map n, channel k. */
static inline DET_ON_DEVICE int64_t det_element_at(const struct det_tensor *t,
                                                   int64_t n, int64_t y,
                                                   int64_t x, int64_t k)
{
    return ((n * t->h + y) * t->w + x) * t->c + k;
}

#endif
