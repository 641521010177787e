/* SPDX-License-Identifier: MIT */
#include "geometry/box.h"

#include <math.h>

/* Written so that NaN passes through, as in torch.clamp. */
static float clamp(float value, float upper)
{
    if (value < 0)
        return 0;
    return value > upper ? upper : value;
}

struct det_box det_box_clip(struct det_box box, struct det_extent extent)
{
    return (struct det_box){.x1 = clamp(box.x1, extent.width),
                            .y1 = clamp(box.y1, extent.height),
                            .x2 = clamp(box.x2, extent.width),
                            .y2 = clamp(box.y2, extent.height)};
}

bool det_box_is_finite(struct det_box box)
{
    return isfinite(box.x1) && isfinite(box.y1) && isfinite(box.x2) &&
           isfinite(box.y2);
}
