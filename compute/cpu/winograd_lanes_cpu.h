/* SPDX-License-Identifier: MIT */
/*
 * Winograd's transforms in registers, a vector of channels at a time.  Included
 * by one file for each width of vectors (vectors_cpu.h).
 */
#ifndef COMPUTE_CPU_WINOGRAD_LANES_CPU_H
#define COMPUTE_CPU_WINOGRAD_LANES_CPU_H

#include "compute/cpu/vectors_cpu.h"
#include "compute/cpu/winograd_cpu.h"

enum {
    OUT = DET_WINOGRAD_OUT,
    MOST = DET_WINOGRAD_MOST_POINTS,
    KERNELS = DET_WINOGRAD_KERNELS,
    VECTORS = DET_WINOGRAD_LANES / LANES,
    TAPS = 3
};

/* The points +-A and +-B. */
#define A 0.625f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)

/* Lanes at an address; functions would take and return what only some CPUs have
 * registers for. */
#define LANES_AT(address) (*(loose_vector *)(address))
#define CONST_LANES_AT(address) (*(const loose_vector *)(address))

/* --------------------------------------------------------------- along an axis
 * Bt d, G g and At m of the paper. */

INLINE void input_axis_of_4(vector out[6], const vector d[6])
{
    const vector even_a = d[4] - B2 * d[2], odd_a = A * (d[3] - B2 * d[1]);
    const vector even_b = d[4] - A2 * d[2], odd_b = B * (d[3] - A2 * d[1]);
    out[0] = d[4] - (A2 + B2) * d[2] + A2 * B2 * d[0];
    out[1] = even_a + odd_a;
    out[2] = even_a - odd_a;
    out[3] = even_b + odd_b;
    out[4] = even_b - odd_b;
    out[5] = d[5] - (A2 + B2) * d[3] + A2 * B2 * d[1];
}

/* Without the point -B the weights lack a factor p + B at each point p: it is
 * the inputs'. */
INLINE void input_axis_of_3(vector out[6], const vector d[5])
{
    const vector even = d[3] - A2 * d[1], odd = d[2] - A2 * d[0];
    const vector far = d[3] - B * d[2], near = A * (d[2] - B * d[1]);
    out[0] = B * (even - B * odd);
    out[1] = (B + A) * (far + near);
    out[2] = (B - A) * (far - near);
    out[3] = 2.0f * B * even;
    out[5] = d[4] - A2 * d[2] - B * even;
}

/* Each other place of the patch, at A, -A, B, -B. */
INLINE void alternate_axis_of_4(vector out[4], const vector d[7])
{
    const vector odd_a = d[6] - B2 * d[2], even_a = A * (d[4] - B2 * d[0]);
    const vector odd_b = d[6] - A2 * d[2], even_b = B * (d[4] - A2 * d[0]);
    out[0] = odd_a + even_a;
    out[1] = odd_a - even_a;
    out[2] = odd_b + even_b;
    out[3] = odd_b - even_b;
}

/* Without -B, as above. */
INLINE void alternate_axis_of_3(vector out[4], const vector d[5])
{
    const vector far = d[4] - B * d[2], near = A * (d[2] - B * d[0]);
    out[0] = (B + A) * (far + near);
    out[1] = (B - A) * (far - near);
    out[2] = 2.0f * B * (d[4] - A2 * d[0]);
}

/* What the even places' kernels are divided by, the odd places are: their one
 * kernel is the tap as it is. */
#define SCALE_A (1.0f / (2.0f * A * (A2 - B2)))
#define SCALE_B (1.0f / (2.0f * B * (B2 - A2)))

INLINE void input_axis_by_2(vector out[MOST], const vector d[MOST],
                            int32_t outputs)
{
    vector odd[4];
    if (outputs == OUT) {
        alternate_axis_of_4(out, d);
        alternate_axis_of_4(odd, d + 1);
        out[4] = d[8] - (A2 + B2) * d[4] + A2 * B2 * d[0];
        out[8] = -SCALE_B * odd[3];
    } else {
        alternate_axis_of_3(out, d);
        alternate_axis_of_3(odd, d + 1);
        out[4] = d[6] - A2 * d[2] - B * (d[4] - A2 * d[0]);
    }
    out[5] = SCALE_A * odd[0];
    out[6] = -SCALE_A * odd[1];
    out[7] = SCALE_B * odd[2];
}

INLINE void input_axis(vector out[MOST], const vector d[MOST], int32_t stride,
                       int32_t outputs)
{
    if (stride == 2)
        input_axis_by_2(out, d, outputs);
    else if (outputs == OUT)
        input_axis_of_4(out, d);
    else
        input_axis_of_3(out, d);
}

INLINE void weights_axis_by_1(vector out[KERNELS], const vector g[TAPS])
{
    const float scale_0 = 1.0f / (A2 * B2);
    const float scale_a = 1.0f / (2.0f * A2 * (A2 - B2));
    const float scale_b = 1.0f / (2.0f * B2 * (B2 - A2));
    const vector even_a = scale_a * (g[0] + A2 * g[2]);
    const vector odd_a = scale_a * A * g[1];
    const vector even_b = scale_b * (g[0] + B2 * g[2]);
    const vector odd_b = scale_b * B * g[1];
    out[0] = scale_0 * g[0];
    out[1] = even_a + odd_a;
    out[2] = even_a - odd_a;
    out[3] = even_b + odd_b;
    out[4] = even_b - odd_b;
    out[5] = g[2];
}

INLINE void weights_axis_by_2(vector out[KERNELS], const vector g[TAPS])
{
    const vector first_a = SCALE_A * g[0], last_a = SCALE_A * A * g[2];
    const vector first_b = SCALE_B * g[0], last_b = SCALE_B * B * g[2];
    out[0] = last_a + first_a;
    out[1] = last_a - first_a;
    out[2] = last_b + first_b;
    out[3] = last_b - first_b;
    out[4] = g[2];
    out[5] = g[1];
}

INLINE void weights_axis(vector out[KERNELS], const vector g[TAPS],
                         int32_t stride)
{
    if (stride == 2)
        weights_axis_by_2(out, g);
    else
        weights_axis_by_1(out, g);
}

/* Sums at A, -A, B, -B and infinity. */
INLINE void output_axis_of_4(vector out[OUT], const vector m[5])
{
    const vector plus_a = m[0] + m[1], minus_a = m[0] - m[1];
    const vector plus_b = m[2] + m[3], minus_b = m[2] - m[3];
    out[0] = plus_a + plus_b;
    out[1] = A * minus_a + B * minus_b;
    out[2] = A2 * plus_a + B2 * plus_b;
    out[3] = A2 * A * minus_a + B2 * B * minus_b + m[4];
}

INLINE void output_axis_of_3(vector out[OUT], const vector m[5])
{
    const vector plus_a = m[0] + m[1], minus_a = m[0] - m[1];
    out[0] = plus_a + m[2];
    out[1] = A * minus_a + B * m[2];
    out[2] = A2 * plus_a + B2 * m[2] + m[4];
}

/* Stride 1 has a sum at 0 before the others. */
INLINE void output_axis(vector out[OUT], const vector m[6], int32_t stride,
                        int32_t outputs)
{
    const int at_0 = stride == 1 ? 1 : 0;
    if (outputs == OUT)
        output_axis_of_4(out, m + at_0);
    else
        output_axis_of_3(out, m + at_0);
    if (at_0)
        out[0] += m[0];
}

INLINE bool has_sum(int32_t stride, int32_t outputs, int32_t sum)
{
    return outputs == OUT || !det_winograd_is_of_four(stride, sum);
}

INLINE bool has_point(int32_t stride, int32_t outputs, int32_t point)
{
    return has_sum(stride, outputs, det_winograd_sum_of(stride, point));
}

/* --------------------------------------------------------------------- inputs
 */

INLINE void input_columns(vector half[MOST][MOST], const float *const *places,
                          int32_t channel, struct det_winograd_size size)
{
    const int32_t side = det_winograd_points(size.stride);
    EACH (x, det_winograd_points_of(size.stride, size.columns)) {
        vector d[MOST], points[MOST];
        EACH (y, det_winograd_points_of(size.stride, size.rows))
            d[y] = CONST_LANES_AT(places[y * side + x] + channel);
        input_axis(points, d, size.stride, size.rows);
        EACH (y, side)
            if (has_point(size.stride, size.rows, y))
                half[y][x] = points[y];
    }
}

INLINE void input_rows(float *out, int64_t point_stride,
                       vector half[MOST][MOST], struct det_winograd_size size)
{
    const int32_t side = det_winograd_points(size.stride);
    EACH (y, side) {
        vector points[MOST];
        if (!has_point(size.stride, size.rows, y))
            continue;
        input_axis(points, half[y], size.stride, size.columns);
        EACH (x, side)
            if (has_point(size.stride, size.columns, x))
                LANES_AT(out + (y * side + x) * point_stride) = points[x];
    }
}

INLINE void transform_input_of(float *out, int64_t point_stride,
                               const float *const *places, int32_t channels,
                               struct det_winograd_size size)
{
    for (int32_t c = 0; c < channels; c += LANES) {
        vector half[MOST][MOST];
        input_columns(half, places, c, size);
        input_rows(out + c, point_stride, half, size);
    }
}

/* Code of its own for each size. */
#define FOR_SIZE(size, call)                                                   \
    do {                                                                       \
        if ((size).stride == 1)                                                \
            FOR_OUTPUTS(1, size, call);                                        \
        else                                                                   \
            FOR_OUTPUTS(2, size, call);                                        \
    } while (0)
#define FOR_OUTPUTS(stride, size, call)                                        \
    do {                                                                       \
        if ((size).rows == OUT && (size).columns == OUT)                       \
            call((struct det_winograd_size){stride, OUT, OUT});                \
        else if ((size).rows == OUT)                                           \
            call((struct det_winograd_size){stride, OUT, OUT - 1});            \
        else if ((size).columns == OUT)                                        \
            call((struct det_winograd_size){stride, OUT - 1, OUT});            \
        else                                                                   \
            call((struct det_winograd_size){stride, OUT - 1, OUT - 1});        \
    } while (0)

INLINE void transform_input(float *out, int64_t point_stride,
                            const float *const *places, int32_t channels,
                            struct det_winograd_size size)
{
#define OF(...)                                                                \
    transform_input_of(out, point_stride, places, channels, __VA_ARGS__)
    FOR_SIZE(size, OF);
#undef OF
}

/* -------------------------------------------------------------------- weights
 */

INLINE void transform_weights(float *out, int64_t kernel_stride,
                              const struct det_winograd_taps *taps,
                              int32_t stride)
{
    EACH (v, VECTORS) {
        vector half[KERNELS][TAPS];
        EACH (x, TAPS) {
            vector g[TAPS], kernels[KERNELS];
            EACH (y, TAPS)
                g[y] = CONST_LANES_AT(taps->first +
                                      (y * TAPS + x) * taps->next + v * LANES);
            weights_axis(kernels, g, stride);
            EACH (y, KERNELS)
                half[y][x] = kernels[y];
        }
        EACH (y, KERNELS) {
            vector kernels[KERNELS];
            weights_axis(kernels, half[y], stride);
            EACH (x, KERNELS)
                LANES_AT(out + (y * KERNELS + x) * kernel_stride + v * LANES) =
                    kernels[x];
        }
    }
}

/* -------------------------------------------------------------------- outputs
 */

/* Sums of a place's lanes, `at` floats from the first place's. */
INLINE void put(const struct det_winograd_tile *t, int64_t at, int lane,
                const vector *sums)
{
    const float *first = t->add ? t->out + at : t->bias;
    vector all = *sums;
    if (first)
        all += CONST_LANES_AT(first + lane);
    if (t->scale)
        all = all * CONST_LANES_AT(t->scale + lane) +
              CONST_LANES_AT(t->shift + lane);
    if (t->residual)
        all += CONST_LANES_AT(t->residual + at + lane);
    if (t->relu)
        clamp(&all);
    LANES_AT(t->out + at + lane) = all;
}

INLINE void transform_output_of(const struct det_winograd_tile *tile,
                                const float *sums, int64_t sum_stride,
                                struct det_winograd_size size)
{
    const int32_t side = det_winograd_sums(size.stride);
    EACH (v, VECTORS) {
        vector half[OUT][KERNELS];
        EACH (x, side) {
            vector m[KERNELS], outputs[OUT];
            if (!has_sum(size.stride, size.columns, x))
                continue;
            EACH (y, side)
                if (has_sum(size.stride, size.rows, y))
                    m[y] = CONST_LANES_AT(sums + (y * side + x) * sum_stride +
                                          v * LANES);
            output_axis(outputs, m, size.stride, size.rows);
            EACH (y, size.rows)
                half[y][x] = outputs[y];
        }
        EACH (y, size.rows) {
            vector outputs[OUT];
            output_axis(outputs, half[y], size.stride, size.columns);
            EACH (x, size.columns)
                if (y < tile->rows && x < tile->columns)
                    put(tile, y * tile->row + x * tile->place, v * LANES,
                        &outputs[x]);
        }
    }
}

INLINE void transform_output(const struct det_winograd_tile *tile,
                             const float *sums, int64_t sum_stride)
{
#define OF(...) transform_output_of(tile, sums, sum_stride, __VA_ARGS__)
    FOR_SIZE(tile->size, OF);
#undef OF
}

/* ----------------------------------------------------------- for this CPU */

FOR_CPU
static void input_for_cpu(float *out, int64_t point_stride,
                          const float *const *places, int32_t channels,
                          struct det_winograd_size size)
{
    transform_input(out, point_stride, places, channels, size);
}

void NAMED(det_winograd_input)(float *out, int64_t point_stride,
                               const float *const *places, int32_t channels,
                               struct det_winograd_size size)
{
    input_for_cpu(out, point_stride, places, channels, size);
}

FOR_CPU
static void weights_by_1_for_cpu(float *out, int64_t kernel_stride,
                                 const struct det_winograd_taps *taps)
{
    transform_weights(out, kernel_stride, taps, 1);
}

FOR_CPU
static void weights_by_2_for_cpu(float *out, int64_t kernel_stride,
                                 const struct det_winograd_taps *taps)
{
    transform_weights(out, kernel_stride, taps, 2);
}

void NAMED(det_winograd_weights)(float *out, int64_t kernel_stride,
                                 const struct det_winograd_taps *taps)
{
    if (taps->stride == 1)
        weights_by_1_for_cpu(out, kernel_stride, taps);
    else
        weights_by_2_for_cpu(out, kernel_stride, taps);
}

FOR_CPU
static void output_for_cpu(const struct det_winograd_tile *tile,
                           const float *sums, int64_t sum_stride)
{
    transform_output(tile, sums, sum_stride);
}

void NAMED(det_winograd_output)(const struct det_winograd_tile *tile,
                                const float *sums, int64_t sum_stride)
{
    output_for_cpu(tile, sums, sum_stride);
}

#endif
