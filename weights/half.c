/* SPDX-License-Identifier: MIT */
#include "weights/half.h"

#include <math.h>
#include <string.h>

float det_half_to_float(uint16_t bits)
{
    const int exponent = bits >> 10 & 31;
    const float fraction = (float)(bits & 1023);
    const float sign = bits & 0x8000 ? -1.0f : 1.0f;
    if (exponent == 31)
        return fraction > 0.0f ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexpf(fraction, -24);
    return sign * ldexpf(1024.0f + fraction, exponent - 25);
}

uint16_t det_float_to_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000;
    const uint32_t magnitude = bits & 0x7fffffff;
    uint32_t half, rest, middle;
    if (magnitude > 0x7f800000) /* NaN */
        return (uint16_t)(sign | 0x7e00);
    if (magnitude >= 0x477ff000) /* 65,520 */
        return (uint16_t)(sign | 0x7c00);
    if (magnitude >= 0x38800000) { /* 2^-14: a normal number */
        half = (magnitude >> 13) - (112u << 10);
        rest = magnitude & 0x1fff;
        middle = 0x1000;
    } else { /* multiples of 2^-24 */
        const int shift = 126 - (int)(magnitude >> 23);
        const uint32_t fraction = (magnitude & 0x7fffff) | 0x800000;
        if (shift > 24)
            return (uint16_t)sign;
        half = fraction >> shift;
        rest = fraction & ((1u << shift) - 1);
        middle = 1u << (shift - 1);
    }
    half += rest > middle || (rest == middle && (half & 1));
    return (uint16_t)(sign | half);
}

float det_bfloat_to_float(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}
