/* SPDX-License-Identifier: MIT */
#include "roi/stage_bridge.h"

#include <math.h>
#include <string.h>

#include "compute/tape.h"
#include "roi/best_class.h"

/* What became of a RoI. */
struct crossing {
    int64_t at;   /* of its deltas; -1: it stayed where it was */
    bool clipped; /* at the image's border */
};

struct bridge_note {
    struct det_delta_coder coder;
    float gradient_limit;
    struct det_tensor boxes, deltas, out;      /* out: only its node */
    struct det_tensor seen_boxes, seen_deltas; /* as the host reads them */
    struct crossing *crossings;                /* [R] */
};

static struct det_box box_at(const struct det_tensor *boxes, int32_t r)
{
    const float *b = boxes->data + 4 * (int64_t)r;
    return (struct det_box){b[0], b[1], b[2], b[3]};
}

static struct det_delta delta_at(const struct det_tensor *deltas, int64_t at)
{
    const float *d = deltas->data + at;
    return (struct det_delta){d[0], d[1], d[2], d[3]};
}

/* ------------------------------------------------------------------ forward */

/* -1: there are no deltas. */
static int32_t row_of(const float *scores,
                      const struct det_stage_bridge_config *config)
{
    const struct det_class_layout *classes = &config->classes;
    const int32_t best = det_best_class(
        scores, classes, config->choice == DET_BRIDGE_ANY_CLASS, -INFINITY);
    const int32_t rows = classes->num_delta_classes;
    const bool left_out = rows > 1 && rows == classes->num_scores - 1;
    if (best == DET_NO_CLASS || (best == classes->background && left_out))
        return -1;
    return det_delta_row(classes, best);
}

/* -1: there are no deltas. */
static int64_t place_of(const struct det_stage_bridge *op,
                        const struct det_stage_bridge_config *config, int32_t r)
{
    const int64_t k = config->classes.num_scores;
    if (op->places)
        return op->places[r];
    const int32_t row = row_of(op->scores + r * k, config);
    return row < 0 ? -1 : (int64_t)r * op->deltas.c + 4 * (int64_t)row;
}

static bool is_same(struct det_box a, struct det_box b)
{
    return a.x1 == b.x1 && a.y1 == b.y1 && a.x2 == b.x2 && a.y2 == b.y2;
}

static struct crossing cross(const struct det_stage_bridge *op,
                             const struct det_stage_bridge_config *config,
                             int32_t r)
{
    const int32_t image = op->image_index ? op->image_index[r] : 0;
    struct crossing crossing = {.at = place_of(op, config, r)};
    struct det_box box = box_at(&op->boxes, r);
    if (crossing.at >= 0) {
        const struct det_box decoded = det_delta_decode(
            &config->coder, box, delta_at(&op->deltas, crossing.at));
        if (det_box_is_finite(decoded))
            box = decoded;
        else
            crossing.at = -1;
    }
    const struct det_box kept = det_box_clip(box, op->extents[image]);
    crossing.clipped = !is_same(kept, box);
    float *out = op->out.data + 4 * (int64_t)r;
    memcpy(out, (float[4]){kept.x1, kept.y1, kept.x2, kept.y2},
           4 * sizeof *out);
    return crossing;
}

static void cross_all(struct crossing *crossings,
                      const struct det_stage_bridge *op,
                      const struct det_stage_bridge_config *config)
{
    for (int32_t r = 0; r < op->boxes.n; r++)
        crossings[r] = cross(op, config, r);
    if (op->num_more > 0)
        memcpy(op->out.data + 4 * (int64_t)op->boxes.n, op->more,
               (size_t)op->num_more * sizeof *op->more);
}

/* ----------------------------------------------------------------- backward */

/* One axis of a RoI: [0] and [1] are its low and high corner. */
struct axis {
    float box[2], gradient[2]; /* of the loss, to the new corners */
    float shift, growth;       /* decoded: dx, exp(dw) */
    bool limited;              /* dw is at its limit */
};

static struct axis axis_of(const struct bridge_note *note,
                           const float *gradient, int32_t r, int i)
{
    const struct det_delta_weights *w = &note->coder.weights;
    const float *box = note->seen_boxes.data + 4 * (int64_t)r + i;
    struct axis axis = {.box = {box[0], box[2]},
                        .gradient = {gradient[i], gradient[i + 2]},
                        .growth = 1.0f};
    if (note->crossings[r].at < 0)
        return axis;
    const struct det_delta d =
        delta_at(&note->seen_deltas, note->crossings[r].at);
    const float size = i == 0 ? d.w / w->w : d.h / w->h;
    axis.shift = i == 0 ? d.x / w->x : d.y / w->y;
    axis.limited = size > note->coder.size_limit;
    axis.growth = expf(axis.limited ? note->coder.size_limit : size);
    return axis;
}

/* The new corners are centre -+ size / 2, where
 *     centre = old centre + shift * old size,  size = growth * old size. */
static void add_box_gradient(float *to, const struct axis *axis)
{
    const float centre = axis->gradient[0] + axis->gradient[1];
    const float size = 0.5f * (axis->gradient[1] - axis->gradient[0]);
    to[0] += centre * (0.5f - axis->shift) - size * axis->growth;
    to[2] += centre * (0.5f + axis->shift) + size * axis->growth;
}

static float limited(float value, float limit)
{
    if (limit <= 0.0f)
        return value;
    return value < -limit ? -limit : value > limit ? limit : value;
}

/* to[0] is of the shift, to[2] of the growth. */
static void add_delta_gradient(float *to, const struct axis *axis,
                               float shift_weight, float growth_weight,
                               float limit)
{
    const float old = axis->box[1] - axis->box[0];
    const float centre = axis->gradient[0] + axis->gradient[1];
    const float size = 0.5f * (axis->gradient[1] - axis->gradient[0]);
    to[0] += limited(centre * old / shift_weight, limit);
    if (!axis->limited)
        to[2] += limited(size * axis->growth * old / growth_weight, limit);
}

static void roi_backward(const struct bridge_note *note,
                         const struct det_tensor *gradient,
                         const struct det_gradient *boxes,
                         const struct det_gradient *deltas, int32_t r)
{
    const struct det_delta_weights *w = &note->coder.weights;
    const struct crossing crossing = note->crossings[r];
    const float *g = gradient->data + 4 * (int64_t)r;
    for (int i = 0; i < 2; i++) {
        const struct axis axis = axis_of(note, g, r, i);
        if (boxes->tensor.data)
            add_box_gradient(boxes->tensor.data + 4 * (int64_t)r + i, &axis);
        if (deltas->tensor.data && crossing.at >= 0 && !crossing.clipped)
            add_delta_gradient(deltas->tensor.data + crossing.at + i, &axis,
                               i == 0 ? w->x : w->y, i == 0 ? w->w : w->h,
                               note->gradient_limit);
    }
}

/* A gradient while the host adds to it. */
static det_status open_gradient(struct det_compute *compute,
                                struct det_gradient *out,
                                const struct det_gradient *gradient)
{
    const struct det_tensor *t = &gradient->tensor;
    *out = *gradient;
    if (!t->data)
        return DET_OK;
    DET_TRY(det_host_view_take(compute, &out->tensor, t));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute) && !gradient->add)
        memset(out->tensor.data, 0,
               (size_t)det_tensor_count(t) * sizeof *t->data);
    return DET_OK;
}

static det_status close_gradient(struct det_compute *compute,
                                 struct det_gradient *opened,
                                 const struct det_gradient *gradient)
{
    DET_TRY(det_host_view_write(compute, &opened->tensor, &gradient->tensor));
    det_host_view_give(compute, &opened->tensor);
    return DET_OK;
}

/* With gradients of boxes and deltas, where they are wanted. */
static det_status all_backward(struct det_compute *compute,
                               const struct bridge_note *note,
                               const struct det_tensor *gradient)
{
    struct det_gradient boxes, deltas, host_boxes, host_deltas;
    struct det_tensor view;
    DET_TRY(det_gradient_open(compute, &boxes, &note->boxes));
    DET_TRY(det_gradient_open(compute, &deltas, &note->deltas));
    DET_TRY(det_host_view_take(compute, &view, gradient));
    DET_TRY(open_gradient(compute, &host_boxes, &boxes));
    DET_TRY(open_gradient(compute, &host_deltas, &deltas));
    DET_TRY(det_wait(compute));
    for (int32_t r = 0; !det_planning(compute) && r < note->boxes.n; r++)
        roi_backward(note, &view, &host_boxes, &host_deltas, r);
    DET_TRY(close_gradient(compute, &host_boxes, &boxes));
    DET_TRY(close_gradient(compute, &host_deltas, &deltas));
    det_host_view_give(compute, &view);
    return DET_OK;
}

static void forget(struct det_compute *compute, struct bridge_note *note)
{
    det_host_view_give(compute, &note->seen_boxes);
    det_host_view_give(compute, &note->seen_deltas);
    det_arena_give(det_host_arena(compute), note->crossings);
}

static det_status bridge_backward(struct det_compute *compute,
                                  const void *saved)
{
    struct bridge_note note = *(const struct bridge_note *)saved;
    struct det_tensor gradient = det_gradient_take(compute, &note.out);
    if (gradient.data)
        DET_TRY(all_backward(compute, &note, &gradient));
    det_tensor_give(compute, &gradient);
    det_tensor_give(compute, &note.boxes);
    det_tensor_give(compute, &note.deltas);
    forget(compute, &note);
    return DET_OK;
}

/* ----------------------------------------------------------------- the call */

/* op->out as the host writes it, and what it reads for that. */
static det_status cross_on_host(struct det_compute *compute,
                                struct bridge_note *note,
                                struct det_stage_bridge *op,
                                const struct det_stage_bridge_config *config)
{
    struct det_stage_bridge seen = *op;
    DET_TRY(det_host_view_take(compute, &note->seen_boxes, &op->boxes));
    DET_TRY(det_host_view_take(compute, &note->seen_deltas, &op->deltas));
    DET_TRY(det_wait(compute));
    seen.boxes = note->seen_boxes;
    seen.deltas = note->seen_deltas;
    if (!det_planning(compute))
        cross_all(note->crossings, &seen, config);
    return det_tensor_move_to_device(compute, &op->out);
}

det_status
det_stage_bridge_forward(struct det_compute *compute,
                         struct det_stage_bridge *op,
                         const struct det_stage_bridge_config *config)
{
    struct bridge_note note = {.coder = config->coder,
                               .gradient_limit = config->gradient_limit *
                                                 det_tape_loss_scale(compute),
                               .boxes = op->boxes,
                               .deltas = op->deltas};
    DET_TRY(det_host_tensor_take(compute, &op->out,
                                 op->boxes.capacity + op->most_more, 1, 1, 4));
    op->out.n = op->boxes.n + op->num_more;
    DET_TRY(det_arena_take(det_host_arena(compute), &note.crossings,
                           (size_t)op->boxes.capacity, sizeof *note.crossings,
                           compute->message));
    DET_TRY(cross_on_host(compute, &note, op, config));
    if (!compute->tape || (op->boxes.node == 0 && op->deltas.node == 0)) {
        forget(compute, &note);
        return DET_OK;
    }
    det_tensor_hold(compute, &op->boxes);
    det_tensor_hold(compute, &op->deltas);
    DET_TRY(det_tape_node(compute, &op->out));
    note.out = op->out;
    return det_tape_record(compute, bridge_backward, &note, sizeof note);
}
