/* SPDX-License-Identifier: MIT */
/*
 * The gradient of a convolution's input is itself a convolution, of the
 * output's gradient with the weights turned round: taps in reverse order,
 * input and output channels exchanged.  With a stride s the input's places
 * fall into s * s phases by their remainders; each phase sees only every s-th
 * tap, and is a convolution of stride 1 of its own.
 */
#include <string.h>

#include "compute/cpu/conv2d_backward_cpu.h"
#include "compute/cpu/conv2d_pack_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum { MOST_TAPS = 64 };

/* One axis of a phase: places first, first + stride, ... of the input. */
struct axis {
    int32_t first, places;
    int32_t taps; /* of the kernel that are seen */
    int32_t tap;  /* the last of them in the kernel, the first to be used */
    int32_t step; /* from one to the one before */
    int32_t pad;
};

static int32_t greatest_divisor(int32_t a, int32_t b)
{
    while (b) {
        const int32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Place y gets a share of tap r from output (y + pad - r * dilation) / stride,
 * where that is a whole number. */
static struct axis phase_axis(const struct det_conv_shape *s, int32_t kernel,
                              int32_t side, int32_t phase)
{
    struct axis axis = {.first = phase};
    axis.places = side > phase ? (side - phase - 1) / s->stride + 1 : 0;
    axis.step = s->stride / greatest_divisor(s->stride, s->dilation);
    int32_t lowest = 0;
    while (lowest < kernel &&
           (phase + s->pad - lowest * s->dilation) % s->stride != 0)
        lowest++;
    if (lowest == kernel)
        return axis;
    axis.taps = (kernel - 1 - lowest) / axis.step + 1;
    axis.tap = lowest + (axis.taps - 1) * axis.step;
    /* Output of the phase's first place and last tap, which comes first. */
    axis.pad = -((phase + s->pad - axis.tap * s->dilation) / s->stride);
    return axis;
}

/* ------------------------------------------------------------------- phases */

struct phase {
    struct axis y, x;
    struct det_conv_shape shape;
    int32_t taps[MOST_TAPS];
};

static bool make_phase(struct phase *out, const struct det_conv_backward *op,
                       int32_t y, int32_t x)
{
    const struct det_conv_shape *s = &op->shape;
    const struct det_tensor *in = &op->in;
    out->y = phase_axis(s, s->kernel_h, in->h, y);
    out->x = phase_axis(s, s->kernel_w, in->w, x);
    out->shape = (struct det_conv_shape){.in_channels = s->out_channels,
                                         .out_channels = s->in_channels,
                                         .kernel_h = out->y.taps,
                                         .kernel_w = out->x.taps,
                                         .stride = 1,
                                         .pad = out->y.pad,
                                         .dilation = out->y.step * s->dilation /
                                                     s->stride,
                                         .groups = s->groups};
    int32_t count = 0;
    for (int32_t r = 0; r < out->y.taps; r++)
        for (int32_t q = 0; q < out->x.taps; q++)
            out->taps[count++] = (out->y.tap - r * out->y.step) * s->kernel_w +
                                 out->x.tap - q * out->x.step;
    return count > 0 && out->y.places > 0 && out->x.places > 0;
}

static int64_t phase_places(const struct phase *phase, int32_t n)
{
    return (int64_t)n * phase->y.places * phase->x.places;
}

/* The convolution of a phase; `out` and `packed` are still to come. */
static struct det_conv2d phase_convolution(const struct det_conv_backward *op,
                                           const struct phase *phase)
{
    return (struct det_conv2d){.shape = phase->shape,
                               .in_order = op->in_order,
                               .in = op->gradient,
                               .more_pad_left = phase->x.pad - phase->y.pad,
                               .out = {.n = op->in.n,
                                       .h = phase->y.places,
                                       .w = phase->x.places,
                                       .c = op->in.c}};
}

static void pack_phase(int threads, float *packed,
                       const struct det_conv_backward *op,
                       const struct phase *phase)
{
    const struct det_conv_shape *s = &op->shape;
    const int64_t area = (int64_t)s->kernel_h * s->kernel_w;
    const int64_t row = area * (s->in_channels / s->groups);
    det_conv2d_pack(threads, packed, &phase->shape,
                    &(struct det_conv2d_source){
                        .weight = op->weight,
                        .group_stride = row * (s->out_channels / s->groups),
                        .out_stride = area,
                        .in_stride = row,
                        .taps = phase->taps});
}

/* From the phase's own map to the places of the input. */
static void scatter_phase(int threads, const struct det_conv_backward *op,
                          const struct phase *phase, const float *map)
{
    const struct det_gradient *g = &op->in_gradient;
    const int32_t c = g->tensor.c, stride = op->shape.stride;
    const int64_t rows = (int64_t)g->tensor.n * phase->y.places;
#pragma omp parallel for num_threads(threads)
    for (int64_t row = 0; row < rows; row++) {
        const int64_t y = row / phase->y.places * g->tensor.h + phase->y.first +
                          row % phase->y.places * stride;
        const float *from = map + row * phase->x.places * c;
        float *to = g->tensor.data + (y * g->tensor.w + phase->x.first) * c;
        for (int32_t x = 0; x < phase->x.places; x++) {
            for (int32_t k = 0; k < c; k++)
                to[k] = (g->add ? to[k] : 0.0f) + from[k];
            from += c;
            to += (int64_t)stride * c;
        }
    }
}

/* Places that no tap reaches. */
static void clear_phase(const struct det_conv_backward *op,
                        const struct phase *phase)
{
    const struct det_tensor *g = &op->in_gradient.tensor;
    const size_t bytes = (size_t)g->c * sizeof(float);
    const int32_t stride = op->shape.stride;
    for (int32_t n = 0; n < g->n; n++)
        for (int32_t y = phase->y.first; y < g->h; y += stride)
            for (int32_t x = phase->x.first; x < g->w; x += stride)
                memset(g->data + (((int64_t)n * g->h + y) * g->w + x) * g->c, 0,
                       bytes);
}

/* ----------------------------------------------------------------- the whole
 */

/* Scratch: packed weights, the convolution's own, the phase's map. */
struct room {
    size_t packed, own, map; /* bytes */
};

static size_t round_to_line(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

static struct room phase_room(const struct det_conv_backward *op,
                              const struct phase *phase, int threads)
{
    const struct det_conv2d conv = phase_convolution(op, phase);
    struct room room = {
        .packed = round_to_line(det_packed_conv2d_count_cpu(&phase->shape) *
                                sizeof(float)),
        .own = round_to_line(det_conv2d_scratch_cpu(&conv, threads))};
    if (op->shape.stride > 1)
        room.map = (size_t)phase_places(phase, op->in.n) * (size_t)op->in.c *
                   sizeof(float);
    return room;
}

size_t det_conv2d_input_gradient_scratch(const struct det_conv_backward *op,
                                         int threads)
{
    const int32_t stride = op->shape.stride;
    size_t most = 0;
    for (int32_t i = 0; i < stride * stride; i++) {
        struct phase phase;
        if (!make_phase(&phase, op, i / stride, i % stride))
            continue;
        const struct room room = phase_room(op, &phase, threads);
        const size_t bytes = room.packed + room.own + room.map;
        most = bytes > most ? bytes : most;
    }
    return most;
}

static det_status run_phase(struct det_compute *compute,
                            const struct det_conv_backward *op,
                            const struct phase *phase, unsigned char *scratch)
{
    const struct room room = phase_room(op, phase, compute->threads);
    const bool in_place = op->shape.stride == 1;
    struct det_conv2d conv = phase_convolution(op, phase);
    float *packed = (float *)(void *)scratch;
    float *map = (float *)(void *)(scratch + room.packed + room.own);
    pack_phase(compute->threads, packed, op, phase);
    conv.packed = packed;
    conv.out.data = in_place ? op->in_gradient.tensor.data : map;
    conv.add = in_place && op->in_gradient.add;
    DET_TRY(det_conv2d_cpu(compute, &conv, scratch + room.packed));
    if (!in_place)
        scatter_phase(compute->threads, op, phase, map);
    return DET_OK;
}

det_status det_conv2d_input_gradient(struct det_compute *compute,
                                     const struct det_conv_backward *op,
                                     void *scratch)
{
    const int32_t stride = op->shape.stride;
    for (int32_t i = 0; i < stride * stride; i++) {
        struct phase phase;
        if (make_phase(&phase, op, i / stride, i % stride))
            DET_TRY(run_phase(compute, op, &phase, scratch));
        else if (!op->in_gradient.add)
            clear_phase(op, &phase);
    }
    return DET_OK;
}
