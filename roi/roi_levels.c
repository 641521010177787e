/* SPDX-License-Identifier: MIT */
#include "roi/roi_levels.h"

#include <math.h>

/* float32 in the reference's order: torchvision/ops/poolers.py LevelMapper,
 * detectron2/modeling/poolers.py assign_boxes_to_levels, Detectron's
 * modeling/FPN.py map_rois_to_fpn_levels. */
static float unrounded_level(enum det_level_rule rule, struct det_box box)
{
    if (rule == DET_LEVEL_DETECTRON) {
        const float w = box.x2 - box.x1 + 1.0f, h = box.y2 - box.y1 + 1.0f;
        return 4.0f + log2f(sqrtf(w * h) / 224.0f + 1e-6f);
    }
    const float side = sqrtf(det_box_area(box)) / 224.0f;
    return rule == DET_LEVEL_TORCHVISION ? 4.0f + log2f(side) + 1e-6f
                                         : 4.0f + log2f(side + 1e-8f);
}

int32_t det_roi_level(const struct det_level_range *range,
                      struct det_box box)
{
    const float level = floorf(unrounded_level(range->rule, box));
    if (!(level > (float)range->lowest)) /* also an empty box: log2(0) */
        return 0;
    if (level > (float)range->highest)
        return range->highest - range->lowest;
    return (int32_t)level - range->lowest;
}
