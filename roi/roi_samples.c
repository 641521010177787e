/* SPDX-License-Identifier: MIT */
#include "roi/roi_samples.h"

#include <string.h>

/* One image's candidates: its proposals, then its true boxes. */
struct candidates {
    struct det_box *boxes;
    int32_t *matches, *scratch, *chosen;
    float *best;
};

static size_t most_candidates(const struct det_roi_image *images, int32_t count)
{
    size_t most = 0;
    for (int32_t i = 0; i < count; i++) {
        const size_t own =
            (size_t)images[i].capacity + (size_t)images[i].truth.count;
        most = own > most ? own : most;
    }
    return most;
}

static det_status take_candidates(struct det_compute *compute,
                                  struct candidates *out, size_t count,
                                  size_t chosen)
{
    struct det_arena *arena = det_host_arena(compute);
    struct det_message *message = compute->message;
    DET_TRY(
        det_arena_take(arena, &out->boxes, count, sizeof *out->boxes, message));
    DET_TRY(det_arena_take(arena, &out->matches, count, sizeof *out->matches,
                           message));
    DET_TRY(det_arena_take(arena, &out->scratch, count, sizeof *out->scratch,
                           message));
    DET_TRY(det_arena_take(arena, &out->chosen, chosen, sizeof *out->chosen,
                           message));
    return det_arena_take(arena, &out->best, count, sizeof *out->best, message);
}

static void give_candidates(struct det_compute *compute, struct candidates *c)
{
    det_arena_give(det_host_arena(compute), c->boxes);
    det_arena_give(det_host_arena(compute), c->matches);
    det_arena_give(det_host_arena(compute), c->scratch);
    det_arena_give(det_host_arena(compute), c->chosen);
    det_arena_give(det_host_arena(compute), c->best);
}

static det_status take_samples(struct det_compute *compute,
                               struct det_roi_samples *out)
{
    struct det_arena *arena = det_host_arena(compute);
    struct det_message *message = compute->message;
    const size_t count = (size_t)out->capacity;
    DET_TRY(
        det_arena_take(arena, &out->boxes, count, sizeof *out->boxes, message));
    DET_TRY(det_arena_take(arena, &out->images, count, sizeof *out->images,
                           message));
    DET_TRY(det_arena_take(arena, &out->labels, count, sizeof *out->labels,
                           message));
    DET_TRY(
        det_arena_take(arena, &out->truth, count, sizeof *out->truth, message));
    DET_TRY(det_arena_take(arena, &out->proposals, count,
                           sizeof *out->proposals, message));
    return det_arena_take(arena, &out->deltas, count, sizeof *out->deltas,
                          message);
}

static void add_sample(struct det_roi_samples *out,
                       const struct det_roi_sample_config *config,
                       const struct det_roi_image *image, struct det_box box,
                       int32_t truth)
{
    const int32_t i = out->count++;
    out->boxes[i] = box;
    out->proposals[i] = -1;
    out->truth[i] = truth;
    out->labels[i] = truth < 0 ? config->background : image->labels[truth];
    out->deltas[i] = truth < 0 ? (struct det_delta){0}
                               : det_delta_encode(&config->coder, box,
                                                  image->truth.boxes[truth]);
}

static void sample_image(struct det_roi_samples *out,
                         const struct candidates *c,
                         const struct det_roi_sample_config *config,
                         const struct det_roi_image *image, int32_t place,
                         uint64_t seed)
{
    struct det_random random = det_random_of(seed, "rois", (uint64_t)place);
    const size_t proposals = (size_t)image->num_proposals;
    const size_t count = proposals + (size_t)image->truth.count;
    int32_t positives;
    memcpy(c->boxes, image->proposals, proposals * sizeof *c->boxes);
    if (image->truth.count)
        memcpy(c->boxes + proposals, image->truth.boxes,
               (size_t)image->truth.count * sizeof *c->boxes);
    det_match_boxes(c->matches, &config->match, c->boxes, count, &image->truth,
                    c->best, 1);
    const int32_t chosen =
        det_balanced_sample(c->chosen, &positives, &config->sample, c->matches,
                            count, c->scratch, &random);
    for (int32_t i = 0; i < chosen; i++) {
        const int32_t which = c->chosen[i], at = out->count;
        add_sample(out, config, image, c->boxes[which],
                   i < positives ? c->matches[which] : -1);
        out->images[at] = place;
        if (which < image->num_proposals)
            out->proposals[at] = which;
    }
}

det_status det_roi_samples_take(struct det_compute *compute,
                                struct det_roi_samples *out,
                                const struct det_roi_sample_config *config,
                                const struct det_roi_image *images,
                                int32_t count, uint64_t seed)
{
    struct candidates candidates;
    const size_t most = most_candidates(images, count);
    const size_t limit = (size_t)config->sample.limit;
    const size_t each = limit < most ? limit : most;
    *out = (struct det_roi_samples){.capacity = (int32_t)each * count};
    DET_TRY(take_samples(compute, out));
    DET_TRY(take_candidates(compute, &candidates, most, each));
    if (det_planning(compute))
        out->count = out->capacity;
    for (int32_t i = 0; !det_planning(compute) && i < count; i++)
        sample_image(out, &candidates, config, &images[i], i, seed);
    give_candidates(compute, &candidates);
    return DET_OK;
}

det_status det_roi_samples_of(struct det_compute *compute,
                              struct det_roi_samples *out,
                              const struct det_roi_sample_config *config,
                              const struct det_tensor *boxes,
                              const int32_t *image_index,
                              const struct det_roi_image *images)
{
    struct det_match_config match = config->match;
    match.rescues = false;
    *out = (struct det_roi_samples){.capacity = boxes->capacity};
    struct det_tensor view;
    DET_TRY(take_samples(compute, out));
    DET_TRY(det_host_view_take(compute, &view, boxes));
    DET_TRY(det_wait(compute));
    if (det_planning(compute))
        out->count = boxes->n;
    for (int32_t r = 0; !det_planning(compute) && r < boxes->n; r++) {
        const float *b = view.data + 4 * (int64_t)r;
        const struct det_box box = {b[0], b[1], b[2], b[3]};
        const int32_t place = image_index ? image_index[r] : 0;
        int32_t truth;
        det_match_boxes(&truth, &match, &box, 1, &images[place].truth, NULL, 1);
        out->images[r] = place;
        add_sample(out, config, &images[place], box, truth);
    }
    det_host_view_give(compute, &view);
    return DET_OK;
}

void det_roi_samples_give(struct det_compute *compute,
                          struct det_roi_samples *samples)
{
    det_arena_give(det_host_arena(compute), samples->boxes);
    det_arena_give(det_host_arena(compute), samples->images);
    det_arena_give(det_host_arena(compute), samples->labels);
    det_arena_give(det_host_arena(compute), samples->truth);
    det_arena_give(det_host_arena(compute), samples->proposals);
    det_arena_give(det_host_arena(compute), samples->deltas);
    *samples = (struct det_roi_samples){0};
}
