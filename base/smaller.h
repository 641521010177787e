/* SPDX-License-Identifier: MIT */
/* The smaller and the larger of two, on the host and in kernels of a GPU. */
#ifndef BASE_SMALLER_H
#define BASE_SMALLER_H

#include <stdint.h>

#include "base/on_device.h"

static inline DET_ON_DEVICE int32_t det_smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline DET_ON_DEVICE int64_t det_smaller_64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline DET_ON_DEVICE int32_t det_larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

#endif
