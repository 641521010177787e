/* SPDX-License-Identifier: MIT */
#include "compute/cpu/ops_cpu.h"

size_t det_nms_scratch_cpu(const struct det_candidates_nms *op)
{
    return det_nms_scratch_size((size_t)op->in.capacity) +
           (size_t)op->out.capacity * sizeof(int32_t);
}

det_status det_nms_cpu(struct det_compute *compute,
                       const struct det_candidates_nms *op, void *scratch)
{
    const struct det_candidates *in = &op->in, *out = &op->out;
    const struct det_nms_input input = {
        .boxes = in->boxes,
        .scores = in->scores,
        .classes = op->across_groups ? NULL : in->groups,
        .count = (size_t)*in->count};
    const size_t room = det_nms_scratch_size((size_t)in->capacity);
    int32_t *keep = (int32_t *)(void *)((unsigned char *)scratch + room);
    (void)compute;
    const int32_t kept = (int32_t)det_nms(keep, &input, &op->options, scratch);
    for (int32_t i = 0; i < kept; i++) {
        out->boxes[i] = in->boxes[keep[i]];
        out->scores[i] = in->scores[keep[i]];
        out->groups[i] = in->groups[keep[i]];
        out->places[i] = in->places[keep[i]];
    }
    *out->count = kept;
    return DET_OK;
}
