/* SPDX-License-Identifier: MIT */
#include "roi/roi_levels.h"

#include <math.h>

/* float32 in the reference's order: torchvision/ops/poolers.py LevelMapper,
 * detectron2/modeling/poolers.py assign_boxes_to_levels. */
int32_t det_roi_level(const struct det_level_range *range,
                      struct det_box box)
{
    const float side = sqrtf(det_box_area(box)) / 224.0f;
    const float level = range->rule == DET_LEVEL_TORCHVISION
                            ? floorf(4.0f + log2f(side) + 1e-6f)
                            : floorf(4.0f + log2f(side + 1e-8f));
    if (!(level > (float)range->lowest)) /* also an empty box: log2(0) */
        return 0;
    if (level > (float)range->highest)
        return range->highest - range->lowest;
    return (int32_t)level - range->lowest;
}
