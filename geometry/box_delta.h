/* SPDX-License-Identifier: MIT */
/*
 * Boxes as differences from a reference box (an anchor or a proposal):
 * deltas (dx, dy) move the centre by a share of the reference's size, (dw, dh)
 * are logarithms of the change of size.
 *
 * Sources: torchvision models/detection/_utils.py BoxCoder, Detectron2
 * modeling/box_regression.py Box2BoxTransform (the same rule).  float32
 * throughout in their order of operations; exp and log may differ from torch's
 * vectorised ones in the last bit.
 */
#ifndef GEOMETRY_BOX_DELTA_H
#define GEOMETRY_BOX_DELTA_H

#include <stddef.h>

#include "base/exponential.h"
#include "geometry/box.h"

/* log(1000 / 16): a box grows at most to 62.5 times its reference. */
#define DET_DELTA_SIZE_LIMIT 4.135166556742356f

/* What the deltas were multiplied by in training; RPN (1, 1, 1, 1), box heads
 * (10, 10, 5, 5).  Never 0. */
struct det_delta_weights {
    float x, y, w, h;
};

struct det_delta_coder {
    struct det_delta_weights weights;
    float size_limit; /* upper limit of dw and dh; INFINITY: none */
    enum det_box_counting counting; /* of the reference's and target's sides */
    bool decodes_last_pixel; /* x + w / 2 - 1 as the decoded x2 (Detectron); not
                                py-faster-rcnn, in spite of its counting */
};

struct det_delta {
    float x, y, w, h; /* dx, dy, dw, dh */
};

struct det_centred_box {
    float x, y, w, h; /* centre and size */
};

static inline DET_ON_DEVICE struct det_centred_box
det_box_centre(const struct det_delta_coder *coder, struct det_box box)
{
    const float longer = (float)coder->counting;
    const float w = box.x2 - box.x1 + longer;
    const float h = box.y2 - box.y1 + longer;
    const struct det_centred_box centred = {box.x1 + 0.5f * w,
                                            box.y1 + 0.5f * h, w, h};
    return centred;
}

/* NaN passes through, as in torch.clamp. */
static inline DET_ON_DEVICE float det_delta_limit(float delta, float limit)
{
    return delta > limit ? limit : delta;
}

/* The box that `delta` makes of `reference`.  Not clipped. */
static inline DET_ON_DEVICE struct det_box
det_delta_decode(const struct det_delta_coder *coder, struct det_box reference,
                 struct det_delta delta)
{
    const struct det_delta_weights *weights = &coder->weights;
    const struct det_centred_box from = det_box_centre(coder, reference);
    const float dx = delta.x / weights->x;
    const float dy = delta.y / weights->y;
    const float dw = det_delta_limit(delta.w / weights->w, coder->size_limit);
    const float dh = det_delta_limit(delta.h / weights->h, coder->size_limit);
    const float x = dx * from.w + from.x;
    const float y = dy * from.h + from.y;
    const float half_w = 0.5f * (det_exp(dw) * from.w);
    const float half_h = 0.5f * (det_exp(dh) * from.h);
    const float less = coder->decodes_last_pixel ? 1.0f : 0.0f;
    const struct det_box box = {x - half_w, y - half_h, x + half_w - less,
                                y + half_h - less};
    return box;
}

/* out[i] from references[i] and deltas [count, 4] (dx, dy, dw, dh).  `out` may
 * be `references`. */
void det_delta_decode_all(struct det_box *out,
                          const struct det_delta_coder *coder,
                          const struct det_box *references, const float *deltas,
                          size_t count);

/* The deltas that make `target` of `reference`.  Both must have positive
 * sides, otherwise the result is not finite. */
struct det_delta det_delta_encode(const struct det_delta_coder *coder,
                                  struct det_box reference,
                                  struct det_box target);

#endif
