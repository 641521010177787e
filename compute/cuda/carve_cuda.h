/* SPDX-License-Identifier: MIT */
/* Arrays one behind the other in an operator's scratch.  Without memory it only
 * measures. */
#ifndef COMPUTE_CUDA_CARVE_CUDA_H
#define COMPUTE_CUDA_CARVE_CUDA_H

#include <stddef.h>

struct det_carver {
    unsigned char *memory; /* NULL: only the size is asked for */
    size_t used;           /* bytes */
};

template <typename T>
static inline void det_carve(struct det_carver *carver, T **out, size_t count)
{
    *out =
        carver->memory ? (T *)(void *)(carver->memory + carver->used) : nullptr;
    carver->used += (count * sizeof(T) + 255) / 256 * 256;
}

#endif
