/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_UPSAMPLE_SOURCE_H
#define COMPUTE_UPSAMPLE_SOURCE_H

#include <stdint.h>

#include "base/on_device.h"

/* torch computes the source index in floats: floor(i * (in / out)). */
static inline DET_ON_DEVICE int32_t det_upsample_source(int32_t index,
                                                        int32_t in, int32_t out)
{
    const float step = (float)in / (float)out;
    const int32_t source = (int32_t)((float)index * step);
    return source < in ? source : in - 1;
}

#endif
