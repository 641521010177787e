/* SPDX-License-Identifier: MIT */
#include "geometry/box_delta.h"

#include <math.h>

struct centred_box {
    float x, y, w, h; /* centre and size */
};

static struct centred_box centre(const struct det_delta_coder *coder,
                                 struct det_box box)
{
    const float longer = (float)coder->counting;
    const float w = box.x2 - box.x1 + longer;
    const float h = box.y2 - box.y1 + longer;
    return (struct centred_box){
        .x = box.x1 + 0.5f * w, .y = box.y1 + 0.5f * h, .w = w, .h = h};
}

/* NaN passes through, as in torch.clamp. */
static float limit_size(float delta, float limit)
{
    return delta > limit ? limit : delta;
}

struct det_box det_delta_decode(const struct det_delta_coder *coder,
                                struct det_box reference,
                                struct det_delta delta)
{
    const struct det_delta_weights *weights = &coder->weights;
    const struct centred_box from = centre(coder, reference);
    const float dx = delta.x / weights->x;
    const float dy = delta.y / weights->y;
    const float dw = limit_size(delta.w / weights->w, coder->size_limit);
    const float dh = limit_size(delta.h / weights->h, coder->size_limit);
    const float x = dx * from.w + from.x;
    const float y = dy * from.h + from.y;
    const float half_w = 0.5f * (expf(dw) * from.w);
    const float half_h = 0.5f * (expf(dh) * from.h);
    const float less = coder->decodes_last_pixel ? 1.0f : 0.0f;
    return (struct det_box){.x1 = x - half_w,
                            .y1 = y - half_h,
                            .x2 = x + half_w - less,
                            .y2 = y + half_h - less};
}

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
    const struct centred_box from = centre(coder, reference);
    const struct centred_box to = centre(coder, target);
    return (struct det_delta){.x = weights->x * (to.x - from.x) / from.w,
                              .y = weights->y * (to.y - from.y) / from.h,
                              .w = weights->w * logf(to.w / from.w),
                              .h = weights->h * logf(to.h / from.h)};
}
