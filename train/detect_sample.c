/* SPDX-License-Identifier: MIT */
#include "train/detect_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "geometry/rle.h"
#include "train/colour.h"
#include "train/object_class.h"
#include "train/resize_image.h"
#include "train/view.h"

enum { SCALE_STEP = 32 };

static const float least_side = 1.0f; /* pixels of an object's box */
static const float least_part = 1.0f / 3.0f;

/* One sample while it is made. */
struct making {
    const struct det_detect_source *source;
    const struct det_data_image *image;
    const det_pixels *pixels;
    struct det_view view;
    struct det_segmentation_scratch scratch;
    uint8_t *mask; /* [height, width] of the picture, for one at a time */
    struct det_sample *out;
    struct det_message *message;
};

/* ------------------------------------------------------------------ the view
 */

static int32_t choose_scale(const struct det_detect_augment *a,
                            struct det_random *random)
{
    const int32_t steps = (a->max_scale - a->min_scale) / SCALE_STEP;
    return a->min_scale +
           SCALE_STEP * (int32_t)det_random_below(random, (uint64_t)steps + 1);
}

static void choose_size(struct making *m, struct det_random *random)
{
    const struct det_detect_augment *a = &m->source->augment;
    const double h = m->pixels->height, w = m->pixels->width;
    double scale = 1.0;
    if (a->min_scale)
        scale = choose_scale(a, random) / fmin(h, w);
    if (scale * fmax(h, w) > a->max_size)
        scale = a->max_size / fmax(h, w);
    m->view.scaled_h = (int32_t)fmax(1.0, rint(scale * h));
    m->view.scaled_w = (int32_t)fmax(1.0, rint(scale * w));
}

static bool by_chance(bool wanted, struct det_random *random)
{
    const bool drawn = det_random_below(random, 2) == 1;
    return wanted && drawn;
}

/* A part of the length, or all of it in the middle. */
static int32_t choose_corner(int32_t length, int32_t part,
                             struct det_random *random)
{
    return length > part ? (int32_t)det_random_below(
                               random, (uint64_t)(length - part) + 1)
                         : (length - part) / 2;
}

static void choose_view(struct making *m, struct det_random *random)
{
    const struct det_detect_augment *a = &m->source->augment;
    struct det_view *v = &m->view;
    choose_size(m, random);
    v->transposed = by_chance(a->rotate, random);
    v->mirrored = by_chance(a->flip || a->rotate, random);
    v->upside_down = by_chance(a->flip_vertical || a->rotate, random);
    v->height = a->crop ? a->crop : det_view_turned_h(v);
    v->width = a->crop ? a->crop : det_view_turned_w(v);
    v->y = choose_corner(det_view_turned_h(v), v->height, random);
    v->x = choose_corner(det_view_turned_w(v), v->width, random);
}

/* ------------------------------------------------------------------- pixels */

static det_status make_pixels(struct making *m, struct det_random *random)
{
    const struct det_detect_augment *a = &m->source->augment;
    const struct det_view *v = &m->view;
    uint8_t *scaled = NULL;
    DET_TRY(det_sample_create(m->out, v->height, v->width, m->message));
    const bool same =
        v->scaled_h == m->pixels->height && v->scaled_w == m->pixels->width;
    if (!same)
        DET_TRY(det_resize_image(&scaled, m->pixels, v->scaled_h, v->scaled_w,
                                 m->message));
    det_view_pixels(m->out->pixels, v, same ? m->pixels->data : scaled,
                    a->fill);
    free(scaled);
    const size_t count = (size_t)v->height * (size_t)v->width;
    if (a->jitter > 0.0)
        det_colour_jitter(m->out->pixels, count, a->jitter, random);
    if (a->pca)
        det_colour_pca(m->out->pixels, count, random);
    return DET_OK;
}

/* ------------------------------------------------------------------- objects
 */

/* Whether enough of it is left; the box is clipped. */
static bool is_left(const struct making *m, struct det_box *box)
{
    const struct det_extent extent = {(float)m->view.width,
                                      (float)m->view.height};
    const float area = det_box_area(*box);
    *box = det_box_clip(*box, extent);
    return det_box_has_size(*box, least_side) &&
           det_box_area(*box) >= least_part * area;
}

static det_status make_mask(struct making *m, struct det_sample_object *object,
                            const struct det_annotation *a)
{
    const int32_t h = m->pixels->height, w = m->pixels->width;
    struct det_rle rle;
    if (!m->source->masks || a->segmentation.kind == DET_SEGMENTATION_NONE)
        return DET_OK;
    DET_TRY(det_segmentation_mask(&rle, &m->scratch, &a->segmentation, w, h,
                                  m->message));
    const det_mask view = det_rle_view(&rle);
    det_status status = DET_OK;
    if (rle.width != w || rle.height != h)
        status = det_fail(m->message, DET_ERROR_DATASET,
                          "%s: a mask of %d x %d in a picture of %d x %d",
                          m->image->file_name, rle.width, rle.height, w, h);
    if (status == DET_OK)
        status = det_mask_decode(&view, m->mask, (size_t)w);
    det_rle_destroy(&rle);
    if (status == DET_OK)
        status = det_allocate(&object->mask, (size_t)m->view.height,
                              (size_t)m->view.width, m->message);
    if (status == DET_OK)
        det_view_mask(object->mask, &m->view, m->mask, h, w);
    return status;
}

static det_status add_object(struct making *m, const struct det_annotation *a)
{
    const struct det_extent picture = {(float)m->pixels->width,
                                       (float)m->pixels->height};
    const struct det_box own = det_box_of_xywh(a->box);
    struct det_sample_object *object = &m->out->objects[m->out->num_objects];
    if (a->is_crowd || a->category == DET_NO_INDEX || !det_box_is_finite(own))
        return DET_OK;
    *object =
        (struct det_sample_object){.box = det_view_box(&m->view, own, picture),
                                   .label = (int32_t)a->category};
    if (!is_left(m, &object->box))
        return DET_OK;
    m->out->num_objects++;
    return make_mask(m, object, a);
}

static det_status make_objects(struct making *m, size_t image)
{
    const struct det_dataset *data = m->source->cache->dataset;
    const size_t *start = data->groups.start + image;
    const size_t pixels = (size_t)m->pixels->height * (size_t)m->pixels->width;
    DET_TRY(det_allocate(&m->out->objects, start[1] - start[0],
                         sizeof *m->out->objects, m->message));
    DET_TRY(
        det_allocate(&m->mask, m->source->masks ? pixels : 0, 1, m->message));
    det_status status = DET_OK;
    for (size_t i = start[0]; status == DET_OK && i < start[1]; i++)
        status = add_object(m, &data->annotations[data->groups.order[i]]);
    free(m->mask);
    det_segmentation_scratch_destroy(&m->scratch);
    return status;
}

/* ----------------------------------------------------------------- the whole
 */

static det_status make(const struct det_detect_source *source, uint64_t place,
                       struct det_sample *out, const struct det_image *image,
                       size_t index, struct det_message *message)
{
    struct det_random random = det_random_of(source->seed, "augment", place);
    struct det_random class_random =
        det_random_of(source->seed, "class", place);
    struct making m = {.source = source,
                       .image = &source->cache->dataset->images[index],
                       .pixels = &image->pixels,
                       .out = out,
                       .message = message};
    choose_view(&m, &random);
    DET_TRY(make_pixels(&m, &random));
    out->label = det_object_class(source->cache->dataset, index, &class_random);
    return make_objects(&m, index);
}

det_status det_detect_sample(void *user, uint64_t place, struct det_sample *out,
                             size_t *image, struct det_message *message)
{
    const struct det_detect_source *source = user;
    struct det_image *decoded;
    *image = source->images[det_sample_order_at(source->order, place)];
    *out = (struct det_sample){0};
    DET_TRY(det_image_cache_take(source->cache, &decoded, *image, message));
    const det_status status =
        make(source, place, out, decoded, *image, message);
    det_image_cache_give(source->cache, decoded, *image);
    out->image = *image;
    if (status != DET_OK)
        det_sample_destroy(out);
    return status;
}
