/* SPDX-License-Identifier: MIT */
/* Elements that the vendor's libraries read and write: floats, or half as long
 * and rounded to the nearest, of two the even one. */
#ifndef TESTS_CUDA_FAKE_ELEMENT_H
#define TESTS_CUDA_FAKE_ELEMENT_H

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <library_types.h>

/* Element `index` of those at `data`. */
inline float read_element(const void *data, cudaDataType_t type, size_t index)
{
    switch (type) {
    case CUDA_R_16BF:
        return float(static_cast<const __nv_bfloat16 *>(data)[index]);
    case CUDA_R_16F:
        return float(static_cast<const __half *>(data)[index]);
    default:
        return static_cast<const float *>(data)[index];
    }
}

inline void write_element(void *data, cudaDataType_t type, size_t index,
                          float value)
{
    switch (type) {
    case CUDA_R_16BF:
        static_cast<__nv_bfloat16 *>(data)[index] = __nv_bfloat16(value);
        break;
    case CUDA_R_16F:
        static_cast<__half *>(data)[index] = __half(value);
        break;
    default:
        static_cast<float *>(data)[index] = value;
    }
}

/* As tensor cores read floats in TF32: to 10 bits behind the point, the
 * nearest, of two the even one. */
inline float rounded_to_tf32(float value)
{
    constexpr uint32_t dropped = 13; /* of a float's 23 bits */
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if ((bits >> 23 & 0xff) == 0xff)
        return value; /* infinite, or not a number */
    bits += (1u << (dropped - 1)) - 1 + (bits >> dropped & 1);
    bits &= ~((1u << dropped) - 1);
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
