/* SPDX-License-Identifier: MIT */
#include "roi/box_loss.h"

#include <string.h>

#include "compute/loss.h"

static int64_t list_objects(int64_t *at, float *targets,
                            const struct det_box_loss_input *input)
{
    const struct det_roi_samples *s = input->samples;
    int64_t count = 0;
    for (int32_t r = 0; r < s->count; r++) {
        if (s->truth[r] < 0)
            continue;
        at[count] = (int64_t)r * input->deltas.c +
                    4 * det_delta_row(&input->classes, s->labels[r]);
        memcpy(targets + 4 * count, &s->deltas[r], 4 * sizeof *targets);
        count++;
    }
    return count;
}

det_status det_box_loss(struct det_compute *compute,
                        const struct det_box_losses *out,
                        const struct det_box_loss_input *input)
{
    const struct det_roi_samples *s = input->samples;
    const float scale = s->count ? 1.0f / (float)s->count : 0.0f;
    const size_t capacity = (size_t)s->capacity;
    int64_t *at;
    float *targets;
    struct det_softmax_loss classes = {.logits = input->logits,
                                       .label = s->labels,
                                       .scale = scale,
                                       .loss = out->classes};
    DET_TRY(det_softmax_loss(compute, &classes));
    DET_TRY(det_arena_take(det_host_arena(compute), &at, capacity, sizeof *at,
                           compute->message));
    DET_TRY(det_arena_take(det_host_arena(compute), &targets, 4 * capacity,
                           sizeof *targets, compute->message));
    struct det_smooth_l1_loss deltas = {.values = input->deltas,
                                        .at = at,
                                        .target = targets,
                                        .beta = input->beta,
                                        .scale = scale,
                                        .loss = out->deltas};
    if (!det_planning(compute))
        deltas.count = list_objects(at, targets, input);
    DET_TRY(det_smooth_l1_loss(compute, &deltas));
    det_arena_give(det_host_arena(compute), at);
    det_arena_give(det_host_arena(compute), targets);
    return DET_OK;
}
