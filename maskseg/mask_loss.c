/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_loss.h"

#include "compute/loss.h"

det_status det_mask_loss(struct det_compute *compute, double *loss,
                         const struct det_mask_loss_input *input)
{
    const struct det_tensor *logits = &input->logits;
    const int64_t stride = det_tensor_stride(logits);
    struct det_sigmoid_loss op = {.logits = *logits, .loss = loss};
    float *targets;
    DET_TRY(det_arena_take(det_host_arena(compute), &targets,
                           (size_t)stride * (size_t)logits->capacity,
                           sizeof *targets, compute->message));
    op.target = targets;
    if (!det_planning(compute)) {
        op.count = det_tensor_count(logits);
        op.scale = op.count ? 1.0f / (float)op.count : 0.0f;
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
        for (int32_t r = 0; r < logits->n; r++)
            det_mask_target(targets + r * stride, &input->masks[r],
                            input->boxes[r], logits->h);
    }
    DET_TRY(det_sigmoid_loss(compute, &op));
    det_arena_give(det_host_arena(compute), targets);
    return DET_OK;
}
