/* SPDX-License-Identifier: MIT */
#include "rpn/anchors.h"

#include <assert.h>
#include <math.h>

/* float32 and in torchvision's order: h = sqrt(ratio), w = 1 / h, each times
 * the size, half of it to either side, rounded half to even. */
static struct det_box rounded_anchor(float size, float ratio)
{
    const float h_ratio = sqrtf(ratio);
    const float w = 1.0f / h_ratio * size;
    const float h = h_ratio * size;
    return (struct det_box){.x1 = rintf(-w / 2.0f),
                            .y1 = rintf(-h / 2.0f),
                            .x2 = rintf(w / 2.0f),
                            .y2 = rintf(h / 2.0f)};
}

/* Detectron2 computes in double and stores floats. */
static struct det_box exact_anchor(double size, double ratio)
{
    const double w = sqrt(size * size / ratio);
    const double h = ratio * w;
    return (struct det_box){.x1 = (float)(-w / 2.0),
                            .y1 = (float)(-h / 2.0),
                            .x2 = (float)(w / 2.0),
                            .y2 = (float)(h / 2.0)};
}

/* The ratio gives the square whole sides, rounded half to even; the size (128:
 * 8 times 16) multiplies them around its centre (7.5). */
static struct det_box anchor_of_base(double base, double size, double ratio)
{
    const double centre = 0.5 * (base - 1.0);
    const double base_w = rint(sqrt(base * base / ratio));
    const double base_h = rint(base_w * ratio);
    const double half_w = 0.5 * (base_w * (size / base) - 1.0);
    const double half_h = 0.5 * (base_h * (size / base) - 1.0);
    return (struct det_box){.x1 = (float)(centre - half_w),
                            .y1 = (float)(centre - half_h),
                            .x2 = (float)(centre + half_w),
                            .y2 = (float)(centre + half_h)};
}

static struct det_box anchor_of(const struct det_anchor_config *config,
                                float size, float ratio)
{
    switch (config->rule) {
    case DET_ANCHORS_ROUNDED:
        return rounded_anchor(size, ratio);
    case DET_ANCHORS_OF_BASE:
        return anchor_of_base((double)config->base, (double)size,
                              (double)ratio);
    case DET_ANCHORS_EXACT:
        break;
    }
    return exact_anchor((double)size, (double)ratio);
}

void det_cell_anchors_init(struct det_cell_anchors *anchors,
                           const struct det_anchor_config *config,
                           enum det_anchor_order order)
{
    const int32_t sizes = config->num_sizes, ratios = config->num_ratios;
    assert(sizes * ratios <= DET_MAX_ANCHORS);
    anchors->count = sizes * ratios;
    for (int32_t i = 0; i < anchors->count; i++) {
        const bool by_size = order == DET_ANCHORS_BY_SIZE;
        const float size = config->sizes[by_size ? i / ratios : i % sizes];
        const float ratio = config->ratios[by_size ? i % ratios : i / sizes];
        anchors->boxes[i] = anchor_of(config, size, ratio);
    }
}
