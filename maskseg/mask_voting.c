/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_voting.h"

#include "geometry/nms.h"
#include "geometry/score_order.h"

/* A RoI that NMS kept, for one class. */
struct pick {
    int32_t roi, label;
    float score;
};

/* Blocks of the arena while voting. */
struct workspace {
    struct det_box *boxes; /* [R], clipped */
    float *scores;         /* [R] of one class */
    int32_t *keep;         /* [R] */
    void *nms;
    struct pick *picks;      /* [K * kept of a class] */
    uint64_t *order, *spare; /* as many */
    int32_t num_picks;
    int32_t *voters; /* [R] */
    float *weights;  /* [R] */
    struct det_mask_canvas canvas;
};

static size_t most_picks(const struct det_mask_voting_config *config,
                         const struct det_mask_candidates *c)
{
    const int32_t kept =
        c->capacity < config->limit ? c->capacity : config->limit;
    return (size_t)kept * (size_t)c->num_scores;
}

#define TAKE(pointer, count)                                                   \
    DET_TRY(det_arena_take(det_host_arena(compute), &(pointer), (count),       \
                           sizeof *(pointer), compute->message))

static det_status take_workspace(struct det_compute *compute,
                                 struct workspace *w,
                                 const struct det_mask_voting_config *config,
                                 const struct det_mask_candidates *c,
                                 int32_t width, int32_t height)
{
    const size_t rois = (size_t)c->capacity, picks = most_picks(config, c);
    *w = (struct workspace){.canvas = {.width = width,
                                       .height = height,
                                       .rule = config->rule,
                                       .threshold = config->mask_threshold}};
    TAKE(w->boxes, rois);
    TAKE(w->scores, rois);
    TAKE(w->keep, rois);
    DET_TRY(det_arena_take(det_host_arena(compute), &w->nms,
                           det_nms_scratch_size(rois), 1, compute->message));
    TAKE(w->picks, picks);
    TAKE(w->order, picks);
    TAKE(w->spare, picks);
    TAKE(w->voters, rois);
    TAKE(w->weights, rois);
    TAKE(w->canvas.sums, (size_t)width * (size_t)height);
    return DET_OK;
}

static void give_workspace(struct det_compute *compute, struct workspace *w)
{
    const void *const blocks[] = {
        w->boxes, w->scores, w->keep,   w->nms,     w->picks,
        w->order, w->spare,  w->voters, w->weights, w->canvas.sums};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        det_arena_give(det_host_arena(compute), blocks[i]);
}

/* ---------------------------------------------------------------- selection */

static void pick_class(struct workspace *w,
                       const struct det_mask_voting_config *config,
                       const struct det_mask_candidates *c, int32_t label)
{
    for (int32_t r = 0; r < c->count; r++)
        w->scores[r] = c->scores[(int64_t)r * c->num_scores + label];
    const struct det_nms_input input = {
        .boxes = w->boxes, .scores = w->scores, .count = (size_t)c->count};
    const struct det_nms_options options = {
        .iou_threshold = config->nms_threshold, .limit = (size_t)config->limit};
    const size_t kept = det_nms(w->keep, &input, &options, w->nms);
    for (size_t i = 0; i < kept; i++) {
        const int32_t roi = w->keep[i];
        w->order[w->num_picks] = det_order_entry(det_score_key(w->scores[roi]),
                                                 (size_t)w->num_picks);
        w->picks[w->num_picks++] = (struct pick){roi, label, w->scores[roi]};
    }
}

/* w->order becomes that of the picks, best first. */
static void pick_all(struct workspace *w,
                     const struct det_mask_voting_config *config,
                     const struct det_mask_candidates *c)
{
    for (int32_t label = 0; label < c->num_scores; label++)
        if (label != config->background)
            pick_class(w, config, c, label);
    det_order_sort(w->order, w->spare, (size_t)w->num_picks);
}

/* ------------------------------------------------------------------- voting */

/* In double, as utils/bbox.pyx; 0 for boxes that are empty. */
static double overlap(struct det_box a, struct det_box b)
{
    const double w =
        (double)det_box_min(a.x2, b.x2) - (double)det_box_max(a.x1, b.x1);
    const double h =
        (double)det_box_min(a.y2, b.y2) - (double)det_box_max(a.y1, b.y1);
    if (w <= 0.0 || h <= 0.0)
        return 0.0;
    const double area_a =
        ((double)a.x2 - (double)a.x1) * ((double)a.y2 - (double)a.y1);
    const double area_b =
        ((double)b.x2 - (double)b.x1) * ((double)b.y2 - (double)b.y1);
    return w * h / (area_a + area_b - w * h);
}

/* All RoIs that overlap the picked one, itself among them.  Without any
 * positive score there is nothing to vote with. */
static int32_t find_voters(struct workspace *w,
                           const struct det_mask_voting_config *config,
                           const struct det_mask_candidates *c,
                           const struct pick *pick)
{
    int32_t count = 0;
    double sum = 0.0;
    for (int32_t r = 0; r < c->count; r++) {
        if (overlap(w->boxes[r], w->boxes[pick->roi]) < config->vote_overlap)
            continue;
        const float score = c->scores[(int64_t)r * c->num_scores + pick->label];
        w->voters[count] = r;
        w->weights[count++] = score;
        sum += (double)score;
    }
    if (!(sum > 0.0))
        return 0;
    for (int32_t i = 0; i < count; i++)
        w->weights[i] = (float)((double)w->weights[i] / sum);
    return count;
}

static void vote(struct det_compute *compute, struct det_voted_masks *out,
                 struct workspace *w,
                 const struct det_mask_voting_config *config,
                 const struct det_mask_candidates *c, const struct pick *pick)
{
    const int32_t place = out->count++;
    const struct det_canvas_votes votes = {.boxes = w->boxes,
                                           .masks = c->masks,
                                           .side = c->side,
                                           .voters = w->voters,
                                           .weights = w->weights,
                                           .count =
                                               find_voters(w, config, c, pick)};
    det_mask_canvas_paint(&w->canvas, &votes, compute->threads);
    const struct det_pixel_rect rect = det_mask_canvas_bounds(&w->canvas);
    det_mask_canvas_cut(out->masks + (int64_t)place * c->side * c->side,
                        &w->canvas, rect, c->side);
    out->boxes[place] = (struct det_box){(float)rect.x1, (float)rect.y1,
                                         (float)rect.x2, (float)rect.y2};
    out->scores[place] = pick->score;
    out->labels[place] = pick->label;
}

/* ----------------------------------------------------------------- the call */

static det_status take_masks(struct det_compute *compute,
                             struct det_voted_masks *out, int32_t capacity,
                             int32_t side)
{
    const size_t count = (size_t)capacity;
    *out = (struct det_voted_masks){.side = side, .capacity = capacity};
    TAKE(out->boxes, count);
    TAKE(out->scores, count);
    TAKE(out->labels, count);
    TAKE(out->masks, count * (size_t)side * (size_t)side);
    return DET_OK;
}

void det_voted_masks_give(struct det_compute *compute,
                          struct det_voted_masks *masks)
{
    det_arena_give(det_host_arena(compute), masks->boxes);
    det_arena_give(det_host_arena(compute), masks->scores);
    det_arena_give(det_host_arena(compute), masks->labels);
    det_arena_give(det_host_arena(compute), masks->masks);
    *masks = (struct det_voted_masks){0};
}

det_status det_mask_voting(struct det_compute *compute,
                           struct det_voted_masks *out,
                           const struct det_mask_voting_config *config,
                           const struct det_mask_candidates *candidates,
                           int32_t width, int32_t height)
{
    struct workspace w;
    DET_TRY(take_masks(compute, out, config->limit, candidates->side));
    DET_TRY(take_workspace(compute, &w, config, candidates, width, height));
    if (det_planning(compute)) {
        out->count = out->capacity;
    } else {
        const struct det_extent photo = {(float)width, (float)height};
        for (int32_t r = 0; r < candidates->count; r++)
            w.boxes[r] = det_box_clip(candidates->boxes[r], photo);
        pick_all(&w, config, candidates);
        for (int32_t i = 0; i < w.num_picks && i < config->limit; i++)
            vote(compute, out, &w, config, candidates,
                 &w.picks[(uint32_t)w.order[i]]);
    }
    give_workspace(compute, &w);
    return DET_OK;
}
