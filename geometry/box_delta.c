/* SPDX-License-Identifier: MIT */
#include "geometry/box_delta.h"

#include <math.h>

void det_delta_decode_all(struct det_box *out,
                          const struct det_delta_coder *coder,
                          const struct det_box *references, const float *deltas,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const float *d = deltas + 4 * i;
        const struct det_delta delta = {d[0], d[1], d[2], d[3]};
        out[i] = det_delta_decode(coder, references[i], delta);
    }
}

struct det_delta det_delta_encode(const struct det_delta_coder *coder,
                                  struct det_box reference,
                                  struct det_box target)
{
    const struct det_delta_weights *weights = &coder->weights;
    const struct det_centred_box from = det_box_centre(coder, reference);
    const struct det_centred_box to = det_box_centre(coder, target);
    return (struct det_delta){.x = weights->x * (to.x - from.x) / from.w,
                              .y = weights->y * (to.y - from.y) / from.h,
                              .w = weights->w * logf(to.w / from.w),
                              .h = weights->h * logf(to.h / from.h)};
}
