/* SPDX-License-Identifier: MIT */
/* 16-bit floats: IEEE 754 binary16 and bfloat16. */
#ifndef WEIGHTS_HALF_H
#define WEIGHTS_HALF_H

#include <stdint.h>

float det_half_to_float(uint16_t bits);
float det_bfloat_to_float(uint16_t bits);

#endif
