/* SPDX-License-Identifier: MIT */
/* Floats to elements of half the bytes and back, by what is written about the
 * formats: the nearest, of two the even one. */
#ifndef TESTS_CUDA_HALVES_H
#define TESTS_CUDA_HALVES_H

#include "compute/tensor.h"

uint16_t half_of_float(enum det_element element, float value);
float float_of_half(enum det_element element, uint16_t half);

/* With the bits that TF32 has of a finite float. */
float tf32_of_float(float value);

/* [count] each; the element is not fp32. */
void halves_of_floats(uint16_t *out, enum det_element element,
                      const float *values, size_t count);
void floats_of_halves(float *out, enum det_element element,
                      const uint16_t *halves, size_t count);

#endif
