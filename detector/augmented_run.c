/* SPDX-License-Identifier: MIT */
#include "detector/augmented_run.h"

#include <stdlib.h>

#include "base/memory.h"
#include "geometry/nms.h"

/* One way to look at the photo. */
struct view {
    struct det_pipeline pipeline;
    struct det_settings settings[DET_MOST_MEMBERS];
    struct det_member members[DET_MOST_MEMBERS];
};

struct work {
    struct det_augmented *all;
    const struct det_pipeline *pipeline;
    const struct det_pipeline_runner *runner;
    const det_pixels *pixels;
};

static const struct det_settings *settings_of(const struct work *w)
{
    return w->pipeline->members[0].settings;
}

static int view_count(const struct work *w)
{
    const struct det_augmentation *a = &settings_of(w)->augmentation;
    return a->count * (a->mirrored ? 2 : 1);
}

/* View `index`: each scale as it is, then mirrored. */
static void make_view(struct view *view, const struct work *w, int index)
{
    const struct det_augmentation *a = &settings_of(w)->augmentation;
    const int per_scale = a->mirrored ? 2 : 1;
    view->pipeline = *w->pipeline;
    view->pipeline.members = view->members;
    view->pipeline.mirrored = index % per_scale == 1;
    for (int i = 0; i < w->pipeline->num_members; i++) {
        view->members[i] = w->pipeline->members[i];
        view->settings[i] = det_settings_at(view->members[i].settings,
                                            a->scales[index / per_scale]);
        view->members[i].settings = &view->settings[i];
    }
}

static det_status run_view(const struct work *w, const struct view *view,
                           struct det_pipeline_result *out)
{
    return w->runner->run(w->runner->user, &view->pipeline, out, w->pixels);
}

/* ------------------------------------------------------- views and the photo
 */

/* How a view's pixels lie on the photo. */
struct frame {
    float x, y;    /* pixels of the photo per pixel of the view's boxes */
    float mirrors; /* x1 and x2 of a box become this less x2 and x1, before they
                      are scaled; negative: they stay */
};

static struct det_extent extent_of(const struct work *w, int32_t width,
                                   int32_t height)
{
    return det_clip_extent(settings_of(w), width, height);
}

static struct det_extent photo_extent(const struct work *w)
{
    return extent_of(w, w->pixels->width, w->pixels->height);
}

static struct frame frame_of(const struct work *w, const struct view *view,
                             const struct det_pipeline_result *found)
{
    const struct det_input_size *size = &found->size;
    struct frame frame = {1.0f, 1.0f, -1.0f};
    struct det_extent extent = photo_extent(w);
    if (!found->in_photo) {
        const struct det_photo_ratio ratio =
            det_photo_ratio_of(size, w->pixels->height, w->pixels->width);
        frame.x = ratio.x;
        frame.y = ratio.y;
        extent = extent_of(w, size->resized_w, size->resized_h);
    }
    if (view->pipeline.mirrored)
        frame.mirrors = extent.width;
    return frame;
}

static struct det_box mirrored(struct det_box box, float mirrors)
{
    if (mirrors < 0.0f)
        return box;
    return (struct det_box){.x1 = mirrors - box.x2,
                            .y1 = box.y1,
                            .x2 = mirrors - box.x1,
                            .y2 = box.y2};
}

static struct det_box to_photo(struct det_box box, const struct frame *frame)
{
    return det_box_stretched(mirrored(box, frame->mirrors), frame->x, frame->y);
}

/* Into the resized photo of a view: the way back of to_photo.  It is the photo
 * that is mirrored, not its image (Detectron core/test.py
 * im_detect_mask_hflip): with inclusive boxes and one factor the two differ by
 * factor - 1 pixels. */
static struct det_box to_view(struct det_box box, const struct work *w,
                              const struct det_input_size *size, bool mirrors)
{
    const float width = (float)w->pixels->width;
    const float height = (float)w->pixels->height;
    const float factor = (float)size->factor;
    const float x = factor > 0.0f ? factor : (float)size->resized_w / width;
    const float y = factor > 0.0f ? factor : (float)size->resized_h / height;
    return det_box_stretched(
        mirrored(box, mirrors ? photo_extent(w).width : -1.0f), x, y);
}

/* --------------------------------------------------------------------- boxes
 */

static det_status reserve(struct det_augmented *a, int32_t more,
                          struct det_message *message)
{
    const size_t needed = (size_t)a->count + (size_t)more;
    if (needed <= (size_t)a->capacity)
        return DET_OK;
    DET_TRY(det_reallocate(&a->boxes, needed, sizeof *a->boxes, message));
    DET_TRY(det_reallocate(&a->scores, needed, sizeof *a->scores, message));
    DET_TRY(det_reallocate(&a->labels, needed, sizeof *a->labels, message));
    a->capacity = (int32_t)needed;
    return DET_OK;
}

static det_status collect_view(struct work *w, int index)
{
    struct view view;
    struct det_pipeline_result found;
    make_view(&view, w, index);
    view.pipeline.without_masks = true;
    DET_TRY(run_view(w, &view, &found));
    DET_TRY(
        reserve(w->all, found.detections.count, w->pipeline->compute->message));
    const struct frame frame = frame_of(w, &view, &found);
    struct det_augmented *a = w->all;
    for (int32_t i = 0; i < found.detections.count; i++, a->count++) {
        a->boxes[a->count] = det_box_clip(
            to_photo(found.detections.boxes[i], &frame), photo_extent(w));
        a->scores[a->count] = found.detections.scores[i];
        a->labels[a->count] = found.detections.labels[i];
    }
    return DET_OK;
}

/* Only what `keep` names, in its order. */
static det_status take_kept(struct det_augmented *a, const int32_t *keep,
                            size_t count, struct det_message *message)
{
    struct det_augmented kept = {.side = 0};
    const det_status status = reserve(&kept, (int32_t)count, message);
    for (size_t i = 0; status == DET_OK && i < count; i++, kept.count++) {
        kept.boxes[i] = a->boxes[keep[i]];
        kept.scores[i] = a->scores[keep[i]];
        kept.labels[i] = a->labels[keep[i]];
    }
    det_augmented_destroy(status == DET_OK ? a : &kept);
    if (status == DET_OK)
        *a = kept;
    return status;
}

/* One NMS over the detections of all views. */
static det_status merge(struct work *w)
{
    const struct det_detection_config *config = &settings_of(w)->detections;
    const struct det_augmented *a = w->all;
    struct det_message *message = w->pipeline->compute->message;
    const struct det_nms_input input = {
        .boxes = a->boxes,
        .scores = a->scores,
        .classes = config->across_classes ? NULL : a->labels,
        .count = (size_t)a->count};
    const struct det_nms_options options = det_detection_nms_options(config);
    int32_t *keep = NULL;
    void *scratch = NULL;
    det_status status;
    DET_TRY_OR_FAIL(det_allocate(&keep, input.count, sizeof *keep, message));
    DET_TRY_OR_FAIL(det_allocate_aligned(
        &scratch, det_nms_scratch_size(input.count), 1, message));
    status = take_kept(w->all, keep, det_nms(keep, &input, &options, scratch),
                       message);
fail:
    free(scratch);
    free(keep);
    return status;
}

/* --------------------------------------------------------------------- masks
 */

static det_status take_masks(struct work *w, int32_t side)
{
    struct det_augmented *a = w->all;
    if (a->masks)
        return DET_OK;
    a->side = side;
    return det_allocate(&a->masks,
                        (size_t)a->count * (size_t)side * (size_t)side,
                        sizeof *a->masks, w->pipeline->compute->message);
}

static void add_masks(struct det_augmented *a, const float *masks, float share,
                      bool mirrors)
{
    const int32_t side = a->side;
    for (int64_t row = 0; row < (int64_t)a->count * side; row++)
        for (int32_t x = 0; x < side; x++)
            a->masks[row * side + x] +=
                share * masks[row * side + (mirrors ? side - 1 - x : x)];
}

static det_status look_for_masks(struct work *w, int index,
                                 struct det_box *places)
{
    const struct det_augmented *a = w->all;
    struct view view;
    struct det_pipeline_result found;
    make_view(&view, w, index);
    const struct det_input_size size = det_input_size_for(
        &view.settings[0], w->pixels->height, w->pixels->width);
    for (int32_t i = 0; i < a->count; i++)
        places[i] = to_view(a->boxes[i], w, &size, view.pipeline.mirrored);
    const struct det_detections given = {.boxes = places,
                                         .scores = a->scores,
                                         .labels = a->labels,
                                         .count = a->count,
                                         .capacity = a->count};
    view.pipeline.given = &given;
    DET_TRY(run_view(w, &view, &found));
    DET_TRY(take_masks(w, found.masks.h));
    add_masks(w->all, found.masks.data, 1.0f / (float)view_count(w),
              view.pipeline.mirrored);
    return DET_OK;
}

static det_status find_masks(struct work *w)
{
    struct det_box *places;
    det_status status = DET_OK;
    if (!w->pipeline->members[0].network->architecture->masks ||
        w->all->count == 0)
        return DET_OK;
    DET_TRY(det_allocate(&places, (size_t)w->all->count, sizeof *places,
                         w->pipeline->compute->message));
    for (int i = 0; status == DET_OK && i < view_count(w); i++)
        status = look_for_masks(w, i, places);
    free(places);
    return status;
}

/* ----------------------------------------------------------------- the whole
 */

det_status det_augmented_run(struct det_augmented *augmented,
                             struct det_pipeline_result *out,
                             const struct det_pipeline *pipeline,
                             const struct det_pipeline_runner *runner,
                             const det_pixels *pixels)
{
    struct work w = {augmented, pipeline, runner, pixels};
    *augmented = (struct det_augmented){.side = 0};
    for (int i = 0; i < view_count(&w); i++)
        DET_TRY(collect_view(&w, i));
    DET_TRY(merge(&w));
    DET_TRY(find_masks(&w));
    *out = (struct det_pipeline_result){
        .size =
            det_input_size_for(settings_of(&w), pixels->height, pixels->width),
        .detections = {.boxes = augmented->boxes,
                       .scores = augmented->scores,
                       .labels = augmented->labels,
                       .count = augmented->count,
                       .capacity = augmented->count},
        .masks = {.data = augmented->masks,
                  .n = augmented->count,
                  .h = augmented->side,
                  .w = augmented->side,
                  .c = 1,
                  .capacity = augmented->count,
                  .on_host = true},
        .in_photo = true};
    return DET_OK;
}

void det_augmented_destroy(struct det_augmented *augmented)
{
    free(augmented->boxes);
    free(augmented->scores);
    free(augmented->labels);
    free(augmented->masks);
    *augmented = (struct det_augmented){.side = 0};
}
