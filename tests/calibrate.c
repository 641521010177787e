/* SPDX-License-Identifier: MIT */
#include "tests/calibrate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "detector/photo.h"

enum { PICTURE_H = 480, PICTURE_W = 640, PROPOSALS = 300, MASKS = 8 };

/* What the operators of a calibrating run are given as `compute`. */
struct calibration {
    struct det_compute compute; /* first, so that one pointer is both */
    struct det_ops ops;         /* the CPU's, three of them replaced */
    struct seeded_layers *layers;
    const struct det_network *network;
    int32_t background; /* column of the class scores */
};

/* How a layer's output should spread, and what its columns are lifted by. */
struct target {
    double deviation;
    int32_t lifted; /* -1: none */
    double lift;
};

/* torchvision starts from objectness 0.01 and deltas near 0; trained weights
 * spread about this much. */
static struct target layer_target(const struct calibration *c,
                                  const struct det_conv_layer *layer)
{
    const struct det_network *n = c->network;
    if (layer == &n->rpn_head.objectness)
        return (struct target){2.0, -1, 0.0};
    if (layer == &n->rpn_head.deltas)
        return (struct target){0.15, -1, 0.0};
    if (layer == &n->box_predictor.scores)
        return (struct target){1.5, c->background, 2.0};
    if (layer == &n->mnc_head.scores || layer == &n->mnc_head.mask_scores)
        return (struct target){1.5, c->background, 2.0};
    if (layer == &n->mnc_head.deltas)
        return (struct target){0.15, -1, 0.0};
    if (layer == &n->mask_head.predictor ||
        layer == &n->mnc_head.mask_predictor)
        return (struct target){2.0, -1, 0.0};
    return (struct target){1.0, -1, 0.0};
}

static struct seeded_layer *find_layer(const struct calibration *c,
                                       const float *packed)
{
    for (size_t i = 0; i < c->layers->count; i++)
        if (c->layers->items[i].prepared == packed)
            return &c->layers->items[i];
    return NULL;
}

/* Our own memory behind a parameter's read-only value. */
static float *values_of(const struct seeded_layer *item,
                        const struct det_parameter *parameter)
{
    return item->values + (parameter->value - item->values);
}

/* ----------------------------------------------------------- one convolution
 */

struct spread {
    double mean, deviation;
};

/* Mean and deviation of each channel; deviations are never 0. */
static det_status measure_channels(struct spread **spreads,
                                   const struct det_tensor *out,
                                   struct det_message *message)
{
    const int64_t places = det_tensor_places(out);
    DET_TRY(det_allocate(spreads, (size_t)out->c, sizeof **spreads, message));
    for (int64_t i = 0; i < places; i++)
        for (int32_t k = 0; k < out->c; k++) {
            const double x = (double)out->data[i * out->c + k];
            (*spreads)[k].mean += x;
            (*spreads)[k].deviation += x * x;
        }
    for (int32_t k = 0; k < out->c; k++) {
        struct spread *s = &(*spreads)[k];
        s->mean /= (double)places;
        s->deviation = s->deviation / (double)places - s->mean * s->mean;
        s->deviation = sqrt(fmax(s->deviation, 1e-4));
    }
    return DET_OK;
}

/* Channels to the target; one spread may stand for all of them. */
static void apply_spreads(const struct calibration *c,
                          struct seeded_layer *item,
                          const struct spread *spreads, int32_t num_spreads)
{
    struct det_conv_layer *layer = item->layer;
    const struct target target = layer_target(c, layer);
    const size_t row =
        (size_t)layer->shape.in_channels / (size_t)layer->shape.groups *
        (size_t)layer->shape.kernel_h * (size_t)layer->shape.kernel_w;
    for (int32_t k = 0; k < layer->shape.out_channels; k++) {
        const struct spread *s = &spreads[num_spreads == 1 ? 0 : k];
        if (layer->has_norm) {
            values_of(item, &layer->norm_mean)[k] = (float)s->mean;
            values_of(item, &layer->norm_variance)[k] =
                (float)(s->deviation * s->deviation);
            continue;
        }
        const double scale = target.deviation / s->deviation;
        float *weight = item->values + (size_t)k * row;
        for (size_t i = 0; i < row; i++)
            weight[i] *= (float)scale;
        if (layer->has_bias)
            values_of(item, &layer->bias)[k] =
                (float)((k == target.lifted ? target.lift : 0.0) -
                        s->mean * scale);
    }
}

/* `out` is the bare layer's output, without bias, norm or ReLU. */
static det_status calibrate_layer(const struct calibration *c,
                                  struct seeded_layer *item,
                                  const struct det_tensor *out)
{
    struct spread *spreads;
    DET_TRY(measure_channels(&spreads, out, c->compute.message));
    apply_spreads(c, item, spreads, out->c);
    free(spreads);
    struct det_compute compute = {.ops = det_ops_for("cpu"), .threads = 2};
    item->calibrated = true;
    return det_conv_layer_prepare(&compute, item->layer, item->prepared);
}

static det_status calibrating_conv2d(struct det_compute *compute,
                                     const struct det_conv2d *op, void *scratch)
{
    struct calibration *c = (struct calibration *)compute;
    const struct det_ops *cpu = det_ops_for("cpu");
    struct seeded_layer *item = find_layer(c, op->packed);
    if (item && !item->calibrated) {
        struct det_conv2d bare = *op;
        bare.residual = (struct det_tensor){0};
        bare.bias = NULL;
        bare.norm = (struct det_conv_norm){0};
        bare.relu = false;
        DET_TRY(cpu->conv2d(compute, &bare, scratch));
        DET_TRY(calibrate_layer(c, item, &bare.out));
    }
    return cpu->conv2d(compute, op, scratch);
}

static det_status calibrating_linear(struct det_compute *compute,
                                     const struct det_linear *op)
{
    struct calibration *c = (struct calibration *)compute;
    const struct det_ops *cpu = det_ops_for("cpu");
    struct seeded_layer *item = find_layer(c, op->packed);
    if (item && !item->calibrated) {
        struct det_linear bare = *op;
        bare.bias = NULL;
        bare.relu = false;
        DET_TRY(cpu->linear(compute, &bare));
        DET_TRY(calibrate_layer(c, item, &bare.out));
    }
    return cpu->linear(compute, op);
}

/* The mask predictor; its biases are still 0. */
static det_status
calibrating_select_channel(struct det_compute *compute,
                           const struct det_select_channel *op)
{
    struct calibration *c = (struct calibration *)compute;
    const struct det_ops *cpu = det_ops_for("cpu");
    struct seeded_layer *item = find_layer(c, op->packed);
    if (item && !item->calibrated) {
        DET_TRY(cpu->select_channel(compute, op));
        DET_TRY(calibrate_layer(c, item, &op->out));
    }
    return cpu->select_channel(compute, op);
}

/* -------------------------------------------------------------- the picture */

/* Gradients, and discs of many sizes and colours with some texture. */
static void draw_picture(uint8_t *rgb)
{
    for (int y = 0; y < PICTURE_H; y++)
        for (int x = 0; x < PICTURE_W; x++) {
            uint8_t *pixel = rgb + 3 * (y * PICTURE_W + x);
            pixel[0] = (uint8_t)(60 + y / 2);
            pixel[1] = (uint8_t)(90 + x / 4);
            pixel[2] = (uint8_t)(160 - y / 3 + (x * 7 + y * 13) % 11);
        }
    uint32_t state = 12345;
    for (int disc = 0; disc < 60; disc++) {
        int v[6];
        for (int i = 0; i < 6; i++) {
            state = state * 1664525u + 1013904223u;
            v[i] = (int)(state >> 16 & 0xff);
        }
        const int cx = v[0] * PICTURE_W / 256, cy = v[1] * PICTURE_H / 256;
        const int r = 4 + v[2] * v[2] / 1600;
        for (int y = 0; y < PICTURE_H; y++)
            for (int x = 0; x < PICTURE_W; x++) {
                const int dx = x - cx, dy = y - cy;
                if (dx * dx + dy * dy >= r * r)
                    continue;
                for (int i = 0; i < 3; i++)
                    rgb[3 * (y * PICTURE_W + x) + i] =
                        (uint8_t)(v[3 + i] -
                                  (x * x + y * 3) % 16 * v[3 + i] / 64);
            }
    }
}

/* ---------------------------------------------------------------------- run */

static det_status run_pipeline(struct calibration *c,
                               const struct det_preset *preset,
                               const uint8_t *rgb, struct det_message *message)
{
    const det_pixels pixels = {rgb, PICTURE_W, PICTURE_H, 3 * PICTURE_W,
                               DET_PIXEL_RGB8};
    struct det_settings settings;
    struct det_costs costs = {0};
    struct det_pipeline_result result;
    det_settings_init(&settings, preset, c->network);
    settings.preset.min_size = PICTURE_H;
    settings.preset.max_size = PICTURE_W;
    settings.proposals.post_nms = PROPOSALS;
    settings.detections.max_detections = MASKS;
    c->background = settings.detections.reading.classes.background;
    const struct det_member member = {c->network, &settings, 0};
    struct det_photo photo;
    const struct det_pipeline pipeline = {.compute = &c->compute,
                                          .photos = &photo,
                                          .members = &member,
                                          .num_members = 1,
                                          .costs = &costs};
    void *memory;
    det_arena_plan(c->compute.arena);
    DET_TRY(det_pipeline_run(&pipeline, &result, &pixels, 1));
    const size_t size = c->compute.arena->peak;
    DET_TRY(det_allocate_aligned(&memory, size, 1, message));
    det_arena_use(c->compute.arena, memory, size);
    const det_status status = det_pipeline_run(&pipeline, &result, &pixels, 1);
    free(memory);
    if (status == DET_OK && result.detections.count == 0)
        return det_fail(message, DET_ERROR_NUMERIC,
                        "these weights detect nothing; try another seed");
    return status;
}

det_status seeded_layers_calibrate(struct seeded_layers *layers,
                                   const struct det_network *network,
                                   const struct det_preset *preset,
                                   struct det_message *message)
{
    struct det_arena arena;
    struct calibration c = {.compute = {.ops = &c.ops,
                                        .arena = &arena,
                                        .message = message,
                                        .threads = 2},
                            .ops = *det_ops_for("cpu"),
                            .layers = layers,
                            .network = network};
    c.ops.conv2d = calibrating_conv2d;
    c.ops.linear = calibrating_linear;
    c.ops.select_channel = calibrating_select_channel;
    uint8_t *rgb;
    DET_TRY(det_allocate(&rgb, 3 * PICTURE_W * PICTURE_H, 1, message));
    draw_picture(rgb);
    const det_status status = run_pipeline(&c, preset, rgb, message);
    free(rgb);
    return status;
}
