/* SPDX-License-Identifier: MIT */
/*
 * Kernels of maps whose elements are floats or half as long: templates over
 * the type T of an element.  (float)x is what an element says; T(x) rounds to
 * the nearest, of two the even one.  In between all is floats.
 */
#ifndef COMPUTE_CUDA_ELEMENT_CUDA_H
#define COMPUTE_CUDA_ELEMENT_CUDA_H

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "compute/cuda/kernel_cuda.h"

/* The elements at an address that a struct of an operator has as one of
 * floats. */
template <typename T> static inline DET_ON_DEVICE T *det_elements(float *first)
{
    return (T *)(void *)first;
}

template <typename T>
static inline DET_ON_DEVICE const T *det_elements(const float *first)
{
    return (const T *)(const void *)first;
}

/* Of a tensor. */
template <typename T>
static inline DET_ON_DEVICE T *det_elements(const struct det_tensor &t)
{
    return det_elements<T>(t.data);
}

/* Element i of a gradient so far: 0 where it is written anew. */
template <typename T>
static inline DET_ON_DEVICE float det_so_far(const struct det_gradient &g,
                                             int64_t i)
{
    return g.add ? (float)det_elements<T>(g.tensor)[i] : 0.0f;
}

template <typename T>
static inline DET_ON_DEVICE void det_add_to(const struct det_gradient &g,
                                            int64_t i, float value)
{
    det_elements<T>(g.tensor)[i] = T(det_so_far<T>(g, i) + value);
}

/* launch(zero): with a zero of the element's type, from which a generic lambda
 * takes the type: DET_LAUNCH_EACH(kernel<decltype(zero)>, ...). */
template <typename Launch>
static inline void det_by_element(enum det_element element, Launch launch)
{
    switch (element) {
    case DET_ELEMENT_BF16:
        return launch(__nv_bfloat16(0.0f));
    case DET_ELEMENT_FP16:
        return launch(__half(0.0f));
    case DET_ELEMENT_FP32:
        break;
    }
    launch(0.0f);
}

#endif
