/* SPDX-License-Identifier: MIT */
#include "maskseg/mnc_loss.h"

#include "compute/loss.h"

void det_mnc_mask_labels(int32_t *out, const struct det_mnc_loss_config *config,
                         const struct det_tensor *masks,
                         const struct det_mnc_truth *truth, int threads)
{
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int32_t r = 0; r < masks->n; r++) {
        const struct det_mnc_mask predicted = {
            .data = masks->data + r * det_tensor_stride(masks),
            .side = masks->h,
            .box = truth->boxes[r]};
        const bool good =
            truth->masks[r].pixels &&
            det_mnc_overlap(&predicted, &truth->masks[r],
                            config->mask_threshold) >= config->least_overlap;
        out[r] = good ? truth->labels[r] : config->background;
    }
}

/* What is compared: places of the logits, and what they should be. */
struct terms {
    int64_t *at;
    float *target;
    int64_t count;
};

static void list_terms(struct terms *terms, float threshold,
                       const struct det_tensor *logits,
                       const struct det_mnc_truth *truth)
{
    const int64_t stride = det_tensor_stride(logits);
    for (int32_t r = 0; r < logits->n; r++) {
        if (!truth->masks[r].pixels)
            continue;
        det_mnc_target(terms->target + terms->count, &truth->masks[r],
                       truth->boxes[r], logits->h, threshold);
        for (int64_t i = 0; i < stride; i++)
            terms->at[terms->count++] = r * stride + i;
    }
}

det_status det_mnc_mask_loss(struct det_compute *compute, double *loss,
                             const struct det_mnc_loss_config *config,
                             const struct det_tensor *logits,
                             const struct det_mnc_truth *truth)
{
    const size_t most =
        (size_t)logits->capacity * (size_t)det_tensor_stride(logits);
    struct terms terms = {.count = 0};
    DET_TRY(det_arena_take(det_host_arena(compute), &terms.at, most,
                           sizeof *terms.at, compute->message));
    DET_TRY(det_arena_take(det_host_arena(compute), &terms.target, most,
                           sizeof *terms.target, compute->message));
    if (!det_planning(compute))
        list_terms(&terms, config->mask_threshold, logits, truth);
    struct det_sigmoid_loss op = {
        .logits = *logits,
        .at = terms.at,
        .target = terms.target,
        .count = terms.count,
        .scale = terms.count ? config->mask_weight / (float)terms.count : 0.0f,
        .loss = loss};
    DET_TRY(det_sigmoid_loss(compute, &op));
    det_arena_give(det_host_arena(compute), terms.at);
    det_arena_give(det_host_arena(compute), terms.target);
    return DET_OK;
}

det_status det_mnc_class_loss(struct det_compute *compute, double *loss,
                              const struct det_tensor *logits,
                              const int32_t *labels)
{
    struct det_softmax_loss op = {.logits = *logits,
                                  .label = labels,
                                  .scale = logits->n ? 1.0f / (float)logits->n
                                                     : 0.0f,
                                  .loss = loss};
    return det_softmax_loss(compute, &op);
}
