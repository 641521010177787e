/* SPDX-License-Identifier: MIT */
#include "tests/cuda/halves.h"

#include <math.h>
#include <string.h>

#include "weights/half.h"

/* The upper half of a float's bits. */
static uint16_t bfloat_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value))
        return 0x7fff;
    const uint32_t even = bits >> 16 & 1;
    return (uint16_t)((bits + 0x7fff + even) >> 16);
}

uint16_t half_of_float(enum det_element element, float value)
{
    return element == DET_ELEMENT_BF16 ? bfloat_of_float(value)
                                       : det_float_to_half(value);
}

float float_of_half(enum det_element element, uint16_t half)
{
    return element == DET_ELEMENT_BF16 ? det_bfloat_to_float(half)
                                       : det_half_to_float(half);
}

/* 10 of 23 bits behind the point stay. */
float tf32_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t even = bits >> 13 & 1;
    bits = (bits + 0xfff + even) & ~0x1fffu;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void halves_of_floats(uint16_t *out, enum det_element element,
                      const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = half_of_float(element, values[i]);
}

void floats_of_halves(float *out, enum det_element element,
                      const uint16_t *halves, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = float_of_half(element, halves[i]);
}
