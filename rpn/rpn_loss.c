/* SPDX-License-Identifier: MIT */
#include "rpn/rpn_loss.h"

#include "compute/loss.h"

/* Everything that is worked with, in the arena. */
struct work {
    const struct det_rpn_loss_config *config;
    const struct det_rpn_loss_input *input;
    int32_t images;
    size_t anchors;         /* of an image, all levels */
    size_t capacity;        /* samples of an image */
    struct det_box *boxes;  /* [anchors] */
    int32_t *matches;       /* [anchors] */
    int32_t *scratch;       /* [anchors] */
    float *best;            /* [most true boxes] */
    struct sample *samples; /* [images * capacity] */
    int64_t *at;            /* [images * capacity], for one loss at a time */
    float *targets;         /* [images * capacity, 4] */
    size_t count, positives;
};

struct sample {
    int32_t image, anchor;
    int32_t truth; /* -1: background */
};

/* -------------------------------------------------------------------- memory
 */

static int64_t level_anchors(const struct det_rpn_loss_input *input, int level)
{
    const int64_t logits =
        det_tensor_stride(&input->levels[level].output.logits);
    return input->num_classes ? logits / input->num_classes : logits;
}

static size_t count_anchors(const struct det_rpn_loss_input *input)
{
    size_t count = 0;
    for (int i = 0; i < input->num_levels; i++)
        count += (size_t)level_anchors(input, i);
    return count;
}

/* Where the logit of an anchor of a level, counted over its places, stands
 * among those of its image. */
static int64_t column_of(const struct det_rpn_loss_input *input, int level,
                         int32_t image, int64_t anchor)
{
    const int64_t cell = input->levels[level].anchors->count;
    if (!input->num_classes)
        return anchor;
    return (anchor / cell * input->num_classes + input->classes[image]) * cell +
           anchor % cell;
}

static size_t most_truth(const struct work *w)
{
    int32_t most = 0;
    for (int32_t i = 0; i < w->images; i++)
        if (w->input->truth[i].count > most)
            most = w->input->truth[i].count;
    return (size_t)most;
}

static det_status take_memory(struct det_compute *compute, struct work *w)
{
    struct det_arena *arena = det_host_arena(compute);
    struct det_message *message = compute->message;
    const size_t samples = (size_t)w->images * w->capacity;
    DET_TRY(det_arena_take(arena, &w->boxes, w->anchors, sizeof *w->boxes,
                           message));
    DET_TRY(det_arena_take(arena, &w->matches, w->anchors, sizeof *w->matches,
                           message));
    DET_TRY(det_arena_take(arena, &w->scratch, w->anchors, sizeof *w->scratch,
                           message));
    DET_TRY(det_arena_take(arena, &w->best, most_truth(w), sizeof *w->best,
                           message));
    DET_TRY(det_arena_take(arena, &w->samples, samples, sizeof *w->samples,
                           message));
    DET_TRY(det_arena_take(arena, &w->at, samples, sizeof *w->at, message));
    return det_arena_take(arena, &w->targets, 4 * samples, sizeof *w->targets,
                          message);
}

static void give_memory(struct det_compute *compute, struct work *w)
{
    void *const blocks[] = {w->boxes,   w->matches, w->scratch, w->best,
                            w->samples, w->at,      w->targets};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        det_arena_give(det_host_arena(compute), blocks[i]);
}

/* ------------------------------------------------------------------ sampling
 */

static void list_anchors(const struct work *w)
{
    struct det_box *box = w->boxes;
    for (int i = 0; i < w->input->num_levels; i++) {
        const struct det_proposal_level *level = &w->input->levels[i];
        const struct det_tensor *logits = &level->output.logits;
        const int64_t count = level_anchors(w->input, i);
        for (int64_t k = 0; k < count; k++)
            *box++ = det_anchor_at(level->anchors, level->stride, logits->w, k);
    }
}

static void sample_image(struct work *w, int32_t image, int threads)
{
    struct det_random random =
        det_random_of(w->input->seed, "anchors", (uint64_t)image);
    int32_t positives;
    det_match_boxes(w->matches, &w->config->match, w->boxes, w->anchors,
                    &w->input->truth[image], w->best, threads);
    int32_t *chosen = (int32_t *)(void *)w->at; /* free until the losses */
    const int32_t count =
        det_balanced_sample(chosen, &positives, &w->config->sample, w->matches,
                            w->anchors, w->scratch, &random);
    for (int32_t i = 0; i < count; i++)
        w->samples[w->count++] = (struct sample){
            .image = image,
            .anchor = chosen[i],
            .truth = i < positives ? w->matches[chosen[i]] : -1};
    w->positives += (size_t)positives;
}

/* -------------------------------------------------------------------- losses
 */

/* Anchors [first, end) of every image are those of a level. */
struct range {
    int level;
    int32_t first, end;
};

static int64_t column(const struct work *w, const struct sample *s,
                      struct range range)
{
    return column_of(w->input, range.level, s->image,
                     (int64_t)s->anchor - range.first);
}

static det_status objectness_loss(struct det_compute *compute,
                                  const struct work *w,
                                  const struct det_tensor *logits,
                                  struct range range, double *loss)
{
    struct det_sigmoid_loss op = {.logits = *logits,
                                  .at = w->at,
                                  .target = w->targets,
                                  .scale = 1.0f / (float)w->count,
                                  .loss = loss};
    for (size_t i = 0; i < w->count; i++) {
        const struct sample *s = &w->samples[i];
        if (s->anchor < range.first || s->anchor >= range.end)
            continue;
        w->at[op.count] =
            s->image * det_tensor_stride(logits) + column(w, s, range);
        w->targets[op.count] = s->truth >= 0 ? 1.0f : 0.0f;
        op.count++;
    }
    return det_sigmoid_loss(compute, &op);
}

static det_status delta_loss(struct det_compute *compute, const struct work *w,
                             const struct det_tensor *deltas,
                             struct range range, double *loss)
{
    struct det_smooth_l1_loss op = {.values = *deltas,
                                    .at = w->at,
                                    .target = w->targets,
                                    .beta = w->config->beta,
                                    .scale = 1.0f / (float)w->count,
                                    .loss = loss};
    for (size_t i = 0; i < w->count; i++) {
        const struct sample *s = &w->samples[i];
        if (s->truth < 0 || s->anchor < range.first || s->anchor >= range.end)
            continue;
        const struct det_delta d =
            det_delta_encode(&w->config->coder, w->boxes[s->anchor],
                             w->input->truth[s->image].boxes[s->truth]);
        float *target = w->targets + 4 * op.count;
        target[0] = d.x;
        target[1] = d.y;
        target[2] = d.w;
        target[3] = d.h;
        w->at[op.count] =
            s->image * det_tensor_stride(deltas) + 4 * column(w, s, range);
        op.count++;
    }
    return det_smooth_l1_loss(compute, &op);
}

det_status det_rpn_loss(struct det_compute *compute,
                        const struct det_rpn_losses *out,
                        const struct det_rpn_loss_config *config,
                        const struct det_rpn_loss_input *input)
{
    struct work w = {.config = config,
                     .input = input,
                     .images = input->levels[0].output.logits.n,
                     .anchors = count_anchors(input)};
    const size_t limit = (size_t)config->sample.limit;
    w.capacity = limit < w.anchors ? limit : w.anchors;
    DET_TRY(take_memory(compute, &w));
    if (!det_planning(compute)) {
        list_anchors(&w);
        for (int32_t i = 0; i < w.images; i++)
            sample_image(&w, i, compute->threads);
    }
    struct range range = {0, 0, 0};
    for (int i = 0; i < input->num_levels; i++) {
        const struct det_rpn_output *output = &input->levels[i].output;
        range.level = i;
        range.end = range.first + (int32_t)level_anchors(input, i);
        DET_TRY(objectness_loss(compute, &w, &output->logits, range,
                                out->objectness));
        DET_TRY(delta_loss(compute, &w, &output->deltas, range, out->deltas));
        range.first = range.end;
    }
    give_memory(compute, &w);
    return DET_OK;
}
