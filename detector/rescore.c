/* SPDX-License-Identifier: MIT */
#include "detector/rescore.h"

#include <math.h>
#include <string.h>

#include "base/logistic.h"
#include "compute/spatial_mean.h"
#include "detector/region.h"
#include "detector/views.h"

enum { BATCH = 16 };

/* Some boxes at a time, by one model after another. */
struct batch {
    const struct det_model *model;
    const struct det_rescoring *all;
    size_t first;
    int32_t count;
    float scores[BATCH];            /* sums over the models so far ... */
    struct det_delta deltas[BATCH]; /* ... likewise */
};

static struct det_box region_of(const struct batch *b, int32_t index)
{
    return det_region_box(b->all->found->boxes[b->first + (size_t)index],
                          b->all->pixels);
}

static det_status warp(struct det_compute *compute, const struct batch *b,
                       struct det_tensor *out, int32_t index)
{
    const struct det_preset *preset = &b->model->preset;
    const det_pixels part =
        det_region_pixels(b->all->pixels, region_of(b, index));
    struct det_tensor one, view;
    DET_TRY(det_view_resize(
        compute, &one, preset, &part,
        (struct det_view_size){preset->crop_size, preset->crop_size}));
    DET_TRY(det_host_view_take(compute, &view, &one));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        memcpy(out->data + index * det_tensor_stride(out), view.data,
               (size_t)det_tensor_stride(out) * sizeof *out->data);
    det_host_view_give(compute, &view);
    det_tensor_give(compute, &one);
    return DET_OK;
}

static void add(struct batch *b, const struct det_tensor *logits,
                const struct det_tensor *deltas)
{
    const int64_t label = b->all->label;
    for (int32_t i = 0; i < b->count; i++) {
        const float *d = deltas->data + (int64_t)i * deltas->c + 4 * label;
        const float logit = logits->data[(int64_t)i * logits->c + label];
        b->scores[i] += det_logistic(logit);
        b->deltas[i].x += d[0];
        b->deltas[i].y += d[1];
        b->deltas[i].w += d[2];
        b->deltas[i].h += d[3];
    }
}

/* The part of a box that is in the photo; of one that is outside its region. */
static struct det_box inside(struct det_box box, struct det_box region,
                             struct det_extent extent)
{
    const struct det_box part = det_box_clip(box, extent);
    return part.x2 > part.x1 && part.y2 > part.y1
               ? part
               : det_box_clip(region, extent);
}

/* The deltas are of the pixels that were seen.  A network of NaNs leaves a box
 * where it is, as the least likely. */
static void replace(const struct batch *b, float models)
{
    const det_pixels *pixels = b->all->pixels;
    const struct det_extent extent = {(float)pixels->width,
                                      (float)pixels->height};
    for (int32_t i = 0; i < b->count; i++) {
        const size_t at = b->first + (size_t)i;
        const struct det_delta mean = {
            b->deltas[i].x / models, b->deltas[i].y / models,
            b->deltas[i].w / models, b->deltas[i].h / models};
        const struct det_box region = region_of(b, i);
        const struct det_box box =
            det_delta_decode(&det_region_coder, region, mean);
        const bool is_good = det_box_is_finite(box) && isfinite(b->scores[i]);
        b->all->found->boxes[at] =
            inside(is_good ? box : region, region, extent);
        b->all->found->scores[at] = is_good ? b->scores[i] / models : 0.0f;
    }
}

det_status det_rescorer_forward(struct det_compute *compute,
                                const struct det_network *network,
                                struct det_tensor *logits,
                                struct det_tensor *deltas,
                                struct det_tensor *images)
{
    struct det_feature_maps features;
    struct det_tensor mean;
    DET_TRY(
        det_backbone_forward(compute, &network->backbone, &features, images));
    DET_TRY(det_spatial_mean(compute, &mean, &features.maps[0]));
    det_feature_maps_give(compute, &features);
    return det_box_predictor_forward(compute, &network->box_predictor, logits,
                                     deltas, &mean);
}

static det_status judge(struct det_compute *compute, void *user)
{
    struct batch *b = user;
    const int32_t side = b->model->preset.crop_size;
    struct det_tensor images, logits, deltas, seen[2];
    DET_TRY(det_host_tensor_take(compute, &images, b->count, side, side, 3));
    for (int32_t i = 0; i < b->count; i++)
        DET_TRY(warp(compute, b, &images, i));
    DET_TRY(det_tensor_move_to_device(compute, &images));
    DET_TRY(det_tensor_round(compute, &images));
    DET_TRY(det_rescorer_forward(compute, &b->model->network, &logits, &deltas,
                                 &images));
    DET_TRY(det_host_view_take(compute, &seen[0], &logits));
    DET_TRY(det_host_view_take(compute, &seen[1], &deltas));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        add(b, &seen[0], &seen[1]);
    det_host_view_give(compute, &seen[0]);
    det_host_view_give(compute, &seen[1]);
    det_tensor_give(compute, &logits);
    det_tensor_give(compute, &deltas);
    return DET_OK;
}

static det_status judge_by_all(struct det_engine *engine,
                               const struct det_committee *rescorers,
                               struct batch *b)
{
    for (size_t i = 0; i < rescorers->count; i++) {
        b->model = rescorers->models[i];
        DET_TRY(det_engine_run(engine, judge, b));
    }
    replace(b, (float)rescorers->count);
    return DET_OK;
}

det_status det_rescore(struct det_engine *engine,
                       const struct det_committee *rescorers,
                       const struct det_rescoring *rescoring)
{
    for (size_t first = 0; first < rescoring->found->count; first += BATCH) {
        const size_t left = rescoring->found->count - first;
        struct batch b = {.all = rescoring,
                          .first = first,
                          .count = left < BATCH ? (int32_t)left : BATCH};
        DET_TRY(judge_by_all(engine, rescorers, &b));
    }
    return DET_OK;
}
