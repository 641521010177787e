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
    IN = DET_WINOGRAD_IN,
    VECTORS = DET_WINOGRAD_LANES / LANES,
    TAPS = 3,
    LEFT_OUT = DET_WINOGRAD_LEFT_OUT
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

INLINE void input_axis_of_4(vector out[IN], const vector d[IN])
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
INLINE void input_axis_of_3(vector out[IN], const vector d[IN])
{
    const vector even = d[3] - A2 * d[1], odd = d[2] - A2 * d[0];
    const vector far = d[3] - B * d[2], near = A * (d[2] - B * d[1]);
    out[0] = B * (even - B * odd);
    out[1] = (B + A) * (far + near);
    out[2] = (B - A) * (far - near);
    out[3] = 2.0f * B * even;
    out[5] = d[4] - A2 * d[2] - B * even;
}

INLINE void input_axis(vector out[IN], const vector d[IN], int32_t outputs)
{
    if (outputs == OUT)
        input_axis_of_4(out, d);
    else
        input_axis_of_3(out, d);
}

INLINE void weights_axis(vector out[IN], const vector g[TAPS])
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

INLINE void output_axis_of_4(vector out[OUT], const vector m[IN])
{
    const vector plus_a = m[1] + m[2], minus_a = m[1] - m[2];
    const vector plus_b = m[3] + m[4], minus_b = m[3] - m[4];
    out[0] = m[0] + plus_a + plus_b;
    out[1] = A * minus_a + B * minus_b;
    out[2] = A2 * plus_a + B2 * plus_b;
    out[3] = A2 * A * minus_a + B2 * B * minus_b + m[5];
}

INLINE void output_axis_of_3(vector out[OUT], const vector m[IN])
{
    const vector plus_a = m[1] + m[2], minus_a = m[1] - m[2];
    out[0] = m[0] + plus_a + m[3];
    out[1] = A * minus_a + B * m[3];
    out[2] = A2 * plus_a + B2 * m[3] + m[5];
}

INLINE void output_axis(vector out[OUT], const vector m[IN], int32_t outputs)
{
    if (outputs == OUT)
        output_axis_of_4(out, m);
    else
        output_axis_of_3(out, m);
}

/* Whether tiles of that many outputs along an axis have a point of it. */
INLINE bool has_point(int point, int32_t outputs)
{
    return outputs == OUT || point != LEFT_OUT;
}

/* --------------------------------------------------------------------- inputs
 */

INLINE void input_columns(vector half[IN][IN], const float *const *places,
                          int32_t channel, struct det_winograd_size size)
{
    EACH (x, size.columns + TAPS - 1) {
        vector d[IN], points[IN];
        EACH (y, size.rows + TAPS - 1)
            d[y] = CONST_LANES_AT(places[y * IN + x] + channel);
        input_axis(points, d, size.rows);
        EACH (y, IN)
            if (has_point(y, size.rows))
                half[y][x] = points[y];
    }
}

INLINE void input_rows(float *out, int64_t point_stride, vector half[IN][IN],
                       struct det_winograd_size size)
{
    EACH (y, IN) {
        vector points[IN];
        if (!has_point(y, size.rows))
            continue;
        input_axis(points, half[y], size.columns);
        EACH (x, IN)
            if (has_point(x, size.columns))
                LANES_AT(out + (y * IN + x) * point_stride) = points[x];
    }
}

INLINE void transform_input_of(float *out, int64_t point_stride,
                               const float *const *places, int32_t channels,
                               struct det_winograd_size size)
{
    for (int32_t c = 0; c < channels; c += LANES) {
        vector half[IN][IN];
        input_columns(half, places, c, size);
        input_rows(out + c, point_stride, half, size);
    }
}

/* Code of its own for each size. */
#define FOR_SIZE(size, call)                                                   \
    do {                                                                       \
        if ((size).rows == OUT && (size).columns == OUT)                       \
            call((struct det_winograd_size){OUT, OUT});                        \
        else if ((size).rows == OUT)                                           \
            call((struct det_winograd_size){OUT, OUT - 1});                    \
        else if ((size).columns == OUT)                                        \
            call((struct det_winograd_size){OUT - 1, OUT});                    \
        else                                                                   \
            call((struct det_winograd_size){OUT - 1, OUT - 1});                \
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

INLINE void transform_weights(float *out, int64_t point_stride,
                              const float *taps, int64_t tap_stride)
{
    EACH (v, VECTORS) {
        vector half[IN][TAPS];
        EACH (x, TAPS) {
            vector g[TAPS], points[IN];
            EACH (y, TAPS)
                g[y] = CONST_LANES_AT(taps + (y * TAPS + x) * tap_stride +
                                      v * LANES);
            weights_axis(points, g);
            EACH (y, IN)
                half[y][x] = points[y];
        }
        EACH (y, IN) {
            vector points[IN];
            weights_axis(points, half[y]);
            EACH (x, IN)
                LANES_AT(out + (y * IN + x) * point_stride + v * LANES) =
                    points[x];
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
                                const float *sums, int64_t point_stride,
                                struct det_winograd_size size)
{
    EACH (v, VECTORS) {
        vector half[OUT][IN];
        EACH (x, IN) {
            vector m[IN], outputs[OUT];
            if (!has_point(x, size.columns))
                continue;
            EACH (y, IN)
                if (has_point(y, size.rows))
                    m[y] = CONST_LANES_AT(sums + (y * IN + x) * point_stride +
                                          v * LANES);
            output_axis(outputs, m, size.rows);
            EACH (y, size.rows)
                half[y][x] = outputs[y];
        }
        EACH (y, size.rows) {
            vector outputs[OUT];
            output_axis(outputs, half[y], size.columns);
            EACH (x, size.columns)
                if (y < tile->rows && x < tile->columns)
                    put(tile, y * tile->row + x * tile->place, v * LANES,
                        &outputs[x]);
        }
    }
}

INLINE void transform_output(const struct det_winograd_tile *tile,
                             const float *sums, int64_t point_stride)
{
#define OF(...) transform_output_of(tile, sums, point_stride, __VA_ARGS__)
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
static void weights_for_cpu(float *out, int64_t point_stride, const float *taps,
                            int64_t tap_stride)
{
    transform_weights(out, point_stride, taps, tap_stride);
}

void NAMED(det_winograd_weights)(float *out, int64_t point_stride,
                                 const float *taps, int64_t tap_stride)
{
    weights_for_cpu(out, point_stride, taps, tap_stride);
}

FOR_CPU
static void output_for_cpu(const struct det_winograd_tile *tile,
                           const float *sums, int64_t point_stride)
{
    transform_output(tile, sums, point_stride);
}

void NAMED(det_winograd_output)(const struct det_winograd_tile *tile,
                                const float *sums, int64_t point_stride)
{
    output_for_cpu(tile, sums, point_stride);
}

#endif
