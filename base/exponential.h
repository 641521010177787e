/* SPDX-License-Identifier: MIT */
/*
 * e^x with the same bits on the host and on a GPU, whose own expf differs in
 * the last one: what is chosen by scores and decoded sides is the same on both.
 *
 * The method and its numbers are those of Arm's optimized routines (expf.c,
 * exp2f_data.c; copyright (c) 2017-2018 Arm Limited, MIT), which is also the GNU
 * C library's expf: of all floats two differ from that one where it rounds
 * products and sums once.  2^(x / ln 2) is a power of two, a 32nd root of one,
 * and a polynomial of the rest.
 */
#ifndef BASE_EXPONENTIAL_H
#define BASE_EXPONENTIAL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/on_device.h"

enum { DET_EXP_ROOTS = 32, DET_EXP_ROOT_BITS = 5 };

/* The bits of the double 2^(i / 32), less i in units of an exponent's 32nd. */
static inline DET_ON_DEVICE uint64_t det_exp_root(uint64_t i)
{
    static const uint64_t roots[DET_EXP_ROOTS] = {
        0x3ff0000000000000, 0x3fefd9b0d3158574, 0x3fefb5586cf9890f,
        0x3fef9301d0125b51, 0x3fef72b83c7d517b, 0x3fef54873168b9aa,
        0x3fef387a6e756238, 0x3fef1e9df51fdee1, 0x3fef06fe0a31b715,
        0x3feef1a7373aa9cb, 0x3feedea64c123422, 0x3feece086061892d,
        0x3feebfdad5362a27, 0x3feeb42b569d4f82, 0x3feeab07dd485429,
        0x3feea47eb03a5585, 0x3feea09e667f3bcd, 0x3fee9f75e8ec5f74,
        0x3feea11473eb0187, 0x3feea589994cce13, 0x3feeace5422aa0db,
        0x3feeb737b0cdc5e5, 0x3feec49182a3f090, 0x3feed503b23e255d,
        0x3feee89f995ad3ad, 0x3feeff76f2fb5e47, 0x3fef199bdd85529c,
        0x3fef3720dcef9069, 0x3fef5818dcfba487, 0x3fef7c97337b9b5f,
        0x3fefa4afa2a490da, 0x3fefd0765b6e4540};
    return roots[i % DET_EXP_ROOTS];
}

static inline DET_ON_DEVICE float det_exp(float x)
{
    const double roots = DET_EXP_ROOTS, whole = 0x1.8p+52;
    if (x != x || x > 0x1.62e42ep6f) /* NaN, or more than a float holds */
        return x + INFINITY;
    if (x < -0x1.9fe368p6f)
        return 0.0f;
    const double z = 0x1.71547652b82fep+0 * roots * (double)x;
    const double shifted = z + whole; /* rounded to whole 32nds */
    const double rest = z - (shifted - whole);
    uint64_t count, bits;
    memcpy(&count, &shifted, sizeof count);
    bits = det_exp_root(count) + (count << (52 - DET_EXP_ROOT_BITS));
    double power;
    memcpy(&power, &bits, sizeof power);
    const double high = 0x1.c6af84b912394p-5 / roots / roots / roots * rest +
                        0x1.ebfce50fac4f3p-3 / roots / roots;
    const double low = 0x1.62e42ff0c52d6p-1 / roots * rest + 1.0;
    return (float)((high * (rest * rest) + low) * power);
}

#endif
