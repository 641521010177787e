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

#include <stdint.h>

enum { DET_PANEL = 16 }; /* output channels of one panel of weights */

/* What a sum over part of the depth begins with. */
enum det_sum_start {
    DET_SUM_FROM_OUT,  /* the chain in out goes on */
    DET_SUM_FROM_BIAS, /* what out holds is not read */
    DET_SUM_APART      /* out += a chain of its own */
};

/* out[places, columns] from patches and weights of part of the depth. */
struct det_conv2d_block {
    float *out;
    enum det_sum_start start;
    const float *bias;    /* [columns], or NULL: zeros */
    const float *patches; /* [places, depth] */
    const float *weights; /* panels of [depth, DET_PANEL] */
    int64_t places, depth;
    int32_t columns;      /* output channels; the last panel may be cut */
    int64_t out_stride;   /* floats from one place to the next */
    int64_t patch_stride; /* floats from one place to the next */
    int64_t panel_stride; /* floats from one panel to the next */
};

void det_conv2d_block(const struct det_conv2d_block *block);
void det_conv2d_block_avx2(const struct det_conv2d_block *block);
void det_conv2d_block_avx512(const struct det_conv2d_block *block);

/* The same sums without patches: the kernel's taps are runs of channels, all
 * at the same distances from a place's first. */
struct det_conv2d_taps {
    float *out;
    const float *const *corners; /* [places], where each one's taps begin */
    const int64_t *offsets;      /* [runs], floats from there */
    const float *weights;        /* panels of [runs * run, DET_PANEL] */
    int64_t places, runs;
    int32_t run; /* channels of one: 8, or less when there are less */
    int32_t columns;
    int64_t out_stride;
    int64_t panel_stride;
};

void det_conv2d_taps(const struct det_conv2d_taps *taps);
void det_conv2d_taps_avx2(const struct det_conv2d_taps *taps);
void det_conv2d_taps_avx512(const struct det_conv2d_taps *taps);

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
