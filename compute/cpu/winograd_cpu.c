/* SPDX-License-Identifier: MIT */
#include "compute/cpu/winograd_cpu.h"

#include <stddef.h>

#include "compute/cpu/clones_cpu.h"

enum {
    OUT = DET_WINOGRAD_OUT,
    IN = DET_WINOGRAD_IN,
    LANES = DET_WINOGRAD_LANES,
    TAPS = 3
};

/* Everything comes for AVX-512, too, whose vectors are as long as the lanes. */
#define INLINE static inline __attribute__((always_inline))

/* The points +-A and +-B. */
#define A 0.625f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)

/* Along one axis, n values of LANES channels each, `step` rows of LANES apart:
 * Bt d, G g and At m of the paper. */

INLINE void input_axis(float (*restrict out)[LANES], int out_step,
                       float (*restrict in)[LANES], int in_step)
{
    for (int l = 0; l < LANES; l++) {
        const float d0 = in[0][l], d1 = in[in_step][l], d2 = in[2 * in_step][l];
        const float d3 = in[3 * in_step][l], d4 = in[4 * in_step][l];
        const float d5 = in[5 * in_step][l];
        const float even_a = d4 - B2 * d2, odd_a = A * (d3 - B2 * d1);
        const float even_b = d4 - A2 * d2, odd_b = B * (d3 - A2 * d1);
        out[0][l] = d4 - (A2 + B2) * d2 + A2 * B2 * d0;
        out[out_step][l] = even_a + odd_a;
        out[2 * out_step][l] = even_a - odd_a;
        out[3 * out_step][l] = even_b + odd_b;
        out[4 * out_step][l] = even_b - odd_b;
        out[5 * out_step][l] = d5 - (A2 + B2) * d3 + A2 * B2 * d1;
    }
}

INLINE void weights_axis(float (*restrict out)[LANES], int out_step,
                         float (*restrict in)[LANES], int in_step)
{
    const float scale_0 = 1.0f / (A2 * B2);
    const float scale_a = 1.0f / (2.0f * A2 * (A2 - B2));
    const float scale_b = 1.0f / (2.0f * B2 * (B2 - A2));
    for (int l = 0; l < LANES; l++) {
        const float g0 = in[0][l], g1 = in[in_step][l], g2 = in[2 * in_step][l];
        const float even_a = scale_a * (g0 + A2 * g2);
        const float odd_a = scale_a * A * g1;
        const float even_b = scale_b * (g0 + B2 * g2);
        const float odd_b = scale_b * B * g1;
        out[0][l] = scale_0 * g0;
        out[out_step][l] = even_a + odd_a;
        out[2 * out_step][l] = even_a - odd_a;
        out[3 * out_step][l] = even_b + odd_b;
        out[4 * out_step][l] = even_b - odd_b;
        out[5 * out_step][l] = g2;
    }
}

INLINE void output_axis(float (*restrict out)[LANES], int out_step,
                        float (*restrict in)[LANES], int in_step)
{
    for (int l = 0; l < LANES; l++) {
        const float plus_a = in[in_step][l] + in[2 * in_step][l];
        const float minus_a = in[in_step][l] - in[2 * in_step][l];
        const float plus_b = in[3 * in_step][l] + in[4 * in_step][l];
        const float minus_b = in[3 * in_step][l] - in[4 * in_step][l];
        out[0][l] = in[0][l] + plus_a + plus_b;
        out[out_step][l] = A * minus_a + B * minus_b;
        out[2 * out_step][l] = A2 * plus_a + B2 * plus_b;
        out[3 * out_step][l] =
            A2 * A * minus_a + B2 * B * minus_b + in[5 * in_step][l];
    }
}

INLINE void load(float *restrict to, const float *restrict from)
{
    for (int l = 0; l < LANES; l++)
        to[l] = from[l];
}

INLINE void input(float *restrict out, int64_t point_stride,
                  const float *const places[DET_WINOGRAD_POINTS],
                  int32_t channels)
{
    for (int32_t c = 0; c < channels; c += LANES) {
        float patch[IN * IN][LANES], half[IN * IN][LANES];
        for (int i = 0; i < IN * IN; i++)
            load(patch[i], places[i] + c);
        for (int x = 0; x < IN; x++)
            input_axis(half + x, IN, patch + x, IN);
        for (int y = 0; y < IN; y++)
            input_axis(patch + y * IN, 1, half + y * IN, 1);
        for (int i = 0; i < IN * IN; i++)
            load(out + i * point_stride + c, patch[i]);
    }
}

DET_CPU_CLONES
static void input_any(float *out, int64_t point_stride,
                      const float *const places[DET_WINOGRAD_POINTS],
                      int32_t channels)
{
    input(out, point_stride, places, channels);
}

DET_CPU_AVX512
static void input_avx512(float *out, int64_t point_stride,
                         const float *const places[DET_WINOGRAD_POINTS],
                         int32_t channels)
{
    input(out, point_stride, places, channels);
}

void det_winograd_input(float *out, int64_t point_stride,
                        const float *const places[DET_WINOGRAD_POINTS],
                        int32_t channels)
{
    (det_cpu_has_avx512() ? input_avx512 : input_any)(out, point_stride, places,
                                                      channels);
}

INLINE void weights(float *restrict out, int64_t point_stride,
                    const float *restrict taps, int64_t tap_stride)
{
    float kernel[TAPS * TAPS][LANES], half[IN * TAPS][LANES];
    float all[IN * IN][LANES];
    for (int i = 0; i < TAPS * TAPS; i++)
        load(kernel[i], taps + i * tap_stride);
    for (int x = 0; x < TAPS; x++)
        weights_axis(half + x, TAPS, kernel + x, TAPS);
    for (int y = 0; y < IN; y++)
        weights_axis(all + y * IN, 1, half + y * TAPS, 1);
    for (int i = 0; i < IN * IN; i++)
        load(out + i * point_stride, all[i]);
}

DET_CPU_CLONES
static void weights_any(float *out, int64_t point_stride, const float *taps,
                        int64_t tap_stride)
{
    weights(out, point_stride, taps, tap_stride);
}

DET_CPU_AVX512
static void weights_avx512(float *out, int64_t point_stride, const float *taps,
                           int64_t tap_stride)
{
    weights(out, point_stride, taps, tap_stride);
}

void det_winograd_weights(float *out, int64_t point_stride, const float *taps,
                          int64_t tap_stride)
{
    (det_cpu_has_avx512() ? weights_avx512 : weights_any)(out, point_stride,
                                                          taps, tap_stride);
}

/* What AVX2 has, too: comparisons of longer ones would be scalar there. */
enum { VECTOR = 8 };
typedef float vector __attribute__((vector_size(VECTOR * sizeof(float)),
                                    aligned(sizeof(float)), may_alias));
typedef int32_t mask __attribute__((vector_size(VECTOR * sizeof(float))));

/* One vector of a place. */
INLINE void put(const struct det_winograd_tile *t, int64_t at, int lane,
                const float *restrict sums)
{
    const float *first = t->add ? t->out + at : t->bias;
    vector all = *(const vector *)(sums + lane);
    if (first)
        all += *(const vector *)(first + lane);
    if (t->residual)
        all += *(const vector *)(t->residual + at + lane);
    if (t->relu)
        all = (vector)((mask)all & ~(all < 0.0f)); /* keeps NaN, as torch */
    *(vector *)(t->out + at + lane) = all;
}

INLINE void put_places(const struct det_winograd_tile *t,
                       float (*restrict all)[LANES], int rows, int columns)
{
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++)
            for (int lane = 0; lane < LANES; lane += VECTOR)
                put(t, y * t->row + x * t->place, lane, all[y * OUT + x]);
}

INLINE void output(const struct det_winograd_tile *tile,
                   const float *restrict sums, int64_t point_stride)
{
    float points[IN * IN][LANES], half[OUT * IN][LANES];
    float all[OUT * OUT][LANES];
    for (int i = 0; i < IN * IN; i++)
        load(points[i], sums + i * point_stride);
    for (int x = 0; x < IN; x++)
        output_axis(half + x, IN, points + x, IN);
    for (int y = 0; y < OUT; y++)
        output_axis(all + y * OUT, 1, half + y * IN, 1);
    if (tile->rows == OUT && tile->columns == OUT)
        put_places(tile, all, OUT, OUT);
    else
        put_places(tile, all, tile->rows, tile->columns);
}

DET_CPU_CLONES
static void output_any(const struct det_winograd_tile *tile, const float *sums,
                       int64_t point_stride)
{
    output(tile, sums, point_stride);
}

DET_CPU_AVX512
static void output_avx512(const struct det_winograd_tile *tile,
                          const float *sums, int64_t point_stride)
{
    output(tile, sums, point_stride);
}

void det_winograd_output(const struct det_winograd_tile *tile,
                         const float *sums, int64_t point_stride)
{
    (det_cpu_has_avx512() ? output_avx512 : output_any)(tile, sums,
                                                        point_stride);
}
