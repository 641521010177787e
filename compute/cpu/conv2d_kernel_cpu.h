/* SPDX-License-Identifier: MIT */
/*
 * The inner loops of convolution.  Each output is one chain of fused
 * multiply-adds in a fixed order, whatever the tiles and threads: the order of
 * oneDNN's AVX2 kernels, so that on such a CPU the maps equal torch's bit for
 * bit.  Each comes for AVX2 (and whatever CPU there is) and for
 * AVX-512 (where the compiler knows none it is never called); the name without
 * either takes what the CPU has.
 */
#ifndef COMPUTE_CPU_CONV2D_KERNEL_CPU_H
#define COMPUTE_CPU_CONV2D_KERNEL_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum { DET_PANEL = 16 }; /* output channels of one panel of weights */

/* What a sum over part of the depth begins with. */
enum det_sum_start {
    DET_SUM_FROM_OUT,  /* the chain in out goes on */
    DET_SUM_FROM_BIAS, /* what out holds is not read */
    DET_SUM_APART      /* out += a chain of its own */
};

/* Output places whose windows follow each other at equal distances: of a row of
 * a map, or of all rows where the kernel is 1x1. */
struct det_conv2d_row {
    float *out;            /* [places, columns] */
    const float *in;       /* where the first place's window begins */
    const float *residual; /* as out; or NULL */
    int64_t places;
};

/* Sums over a part of the depth.  That goes along runs of the input, which lie
 * at the same distances from the beginning of each window. */
struct det_conv2d_block {
    const struct det_conv2d_row *rows;
    int64_t num_rows;
    int64_t in_stride, out_stride; /* floats from one place to the next */
    const int64_t *offsets;        /* [runs]: floats from a window's first;
                                      NULL: one run, which begins there */
    int64_t runs, run;             /* their count, floats of each */
    const float *weights;          /* panels of [runs * run, DET_PANEL] */
    int64_t panel_stride;          /* floats from one panel to the next */
    const float *next;             /* panels as large that are read after these,
                                      and asked for meanwhile; NULL: those that
                                      lie behind them */
    int64_t next_stride;           /* floats from one to the next */
    bool asks;                     /* for the inputs of a few places ahead, the
                                      first time they go by */
    int32_t columns;               /* output channels; the last panel may be
                                      cut */
    enum det_sum_start start;
    const float *bias;          /* [columns], or NULL: zeros */
    bool last;                  /* part: sums become */
    const float *scale, *shift; /* sum * scale + shift, rounded once, [columns];
                                   NULL: stay; */
    bool relu; /* residuals are added, then negative sums become zeros */
};

void det_conv2d_block(const struct det_conv2d_block *block);
void det_conv2d_block_avx2(const struct det_conv2d_block *block);
void det_conv2d_block_avx512(const struct det_conv2d_block *block);

/* Sums of products over places, for the gradient of weights: sums [depth,
 * columns] += in [places, depth], transposed, times gradient [places,
 * columns], for `rows` rows of places.  Strides count floats. */
struct det_conv2d_products {
    float *sums;
    const float *in, *gradient;
    int64_t rows, places, depth;
    int32_t columns;                       /* a multiple of DET_PANEL */
    int64_t in_row, in_stride;             /* to the next row, place */
    int64_t gradient_row, gradient_stride; /* likewise */
};

void det_conv2d_products(const struct det_conv2d_products *products);
void det_conv2d_products_avx2(const struct det_conv2d_products *products);
void det_conv2d_products_avx512(const struct det_conv2d_products *products);

/* out[i] = out[i] * scale[i] + shift[i], rounded once. */
void det_conv2d_norm_fused(float *restrict out, const float *restrict scale,
                           const float *restrict shift, int32_t count);

#endif
