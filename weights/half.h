/* SPDX-License-Identifier: MIT */
/* 16-bit floats: IEEE 754 binary16 and bfloat16. */
#ifndef WEIGHTS_HALF_H
#define WEIGHTS_HALF_H

#include <stdint.h>

float det_half_to_float(uint16_t bits);

/* The nearest half, of two the even one; beyond 65,519 infinity. */
uint16_t det_float_to_half(float value);
float det_bfloat_to_float(uint16_t bits);

#endif
