/* SPDX-License-Identifier: MIT */
#include "train/region_sample.h"

#include <stdlib.h>

#include "base/memory.h"
#include "detector/region.h"
#include "train/colour.h"
#include "train/object_class.h"
#include "train/resize_image.h"
#include "train/view.h"

static const float least_iou = 0.5f;
static const float least_side = 1.0f; /* pixels of a true box */

/* One sample while it is made. */
struct making {
    const struct det_region_source *source;
    const det_pixels *pixels;
    size_t image;
    int32_t label;
    struct det_box *truth, *regions; /* true boxes are regions, too */
    int32_t *matches;                /* [regions]: a true box, or -1 */
    int32_t num_truth, num_regions;
    struct det_sample *out;
    struct det_message *message;
};

/* ------------------------------------------------------------------- regions
 */

static void list_truth(struct making *m)
{
    const struct det_dataset *d = m->source->cache->dataset;
    const struct det_extent extent = {(float)m->pixels->width,
                                      (float)m->pixels->height};
    const size_t *start = d->groups.start + m->image;
    for (size_t i = start[0]; i < start[1]; i++) {
        const struct det_annotation *a = &d->annotations[d->groups.order[i]];
        struct det_box box = det_box_of_xywh(a->box);
        if (a->is_crowd || a->category != (uint32_t)m->label ||
            !det_box_is_finite(box))
            continue;
        box = det_box_clip(box, extent);
        if (det_box_has_size(box, least_side))
            m->truth[m->num_truth++] = box;
    }
}

static int32_t best_match(const struct making *m, struct det_box box)
{
    int32_t best = -1;
    float overlap = least_iou;
    for (int32_t i = 0; i < m->num_truth; i++) {
        const float iou = det_box_iou(box, m->truth[i]);
        if (iou < overlap)
            continue;
        overlap = iou;
        best = i;
    }
    return best;
}

static void add_region(struct making *m, struct det_box box)
{
    m->matches[m->num_regions] = best_match(m, box);
    m->regions[m->num_regions++] = box;
}

static void list_regions(struct making *m)
{
    const struct det_guesses *g = m->source->proposals;
    list_truth(m);
    for (int32_t i = 0; i < m->num_truth; i++)
        add_region(m, m->truth[i]);
    for (size_t i = g->begins[m->image]; i < g->begins[m->image + 1]; i++) {
        const struct det_found_object *o = &g->results->objects[g->places[i]];
        const struct det_box box = det_box_of_xywh(o->box);
        if (o->category == (uint32_t)m->label && det_box_is_finite(box))
            add_region(m, box);
    }
}

/* One of those that match, or of those that do not, where there are any. */
static int32_t draw_region(const struct making *m, struct det_random *random)
{
    bool wants_match = det_random_below(random, 2) == 0;
    int32_t matching = 0;
    for (int32_t i = 0; i < m->num_regions; i++)
        matching += m->matches[i] >= 0;
    if (matching == m->num_regions)
        wants_match = true;
    int32_t left = (int32_t)det_random_below(
        random, (uint64_t)(wants_match ? matching : m->num_regions - matching));
    for (int32_t i = 0; i < m->num_regions; i++)
        if ((m->matches[i] >= 0) == wants_match && left-- == 0)
            return i;
    return 0;
}

/* --------------------------------------------------------------- the square */

static struct det_view view_of(const struct making *m,
                               struct det_random *random)
{
    const struct det_region_augment *a = &m->source->augment;
    const bool mirrored = det_random_below(random, 2) == 1;
    return (struct det_view){.scaled_h = a->side,
                             .scaled_w = a->side,
                             .height = a->side,
                             .width = a->side,
                             .mirrored = a->flip && mirrored};
}

static det_status make_pixels(const struct making *m, struct det_box region,
                              const struct det_view *view,
                              struct det_random *random)
{
    static const uint8_t unused[3];
    const struct det_region_augment *a = &m->source->augment;
    const det_pixels part = det_region_pixels(m->pixels, region);
    const size_t count = (size_t)a->side * (size_t)a->side;
    uint8_t *warped;
    DET_TRY(det_sample_create(m->out, a->side, a->side, m->message));
    DET_TRY(det_resize_image(&warped, &part, a->side, a->side, m->message));
    det_view_pixels(m->out->pixels, view, warped, unused);
    free(warped);
    if (a->jitter > 0.0)
        det_colour_jitter(m->out->pixels, count, a->jitter, random);
    if (a->pca)
        det_colour_pca(m->out->pixels, count, random);
    return DET_OK;
}

static det_status make_object(const struct making *m, struct det_box region,
                              struct det_box truth, const struct det_view *view)
{
    const struct det_extent seen = {region.x2 - region.x1,
                                    region.y2 - region.y1};
    DET_TRY(
        det_allocate(&m->out->objects, 1, sizeof *m->out->objects, m->message));
    truth.x1 -= region.x1;
    truth.x2 -= region.x1;
    truth.y1 -= region.y1;
    truth.y2 -= region.y1;
    m->out->objects[0] = (struct det_sample_object){
        .box = det_view_box(view, truth, seen), .label = m->label};
    m->out->num_objects = 1;
    return DET_OK;
}

/* ----------------------------------------------------------------- the whole
 */

static det_status reserve(struct making *m)
{
    const struct det_dataset *d = m->source->cache->dataset;
    const size_t *start = d->groups.start + m->image;
    const size_t *begin = m->source->proposals->begins + m->image;
    const size_t truth = start[1] - start[0];
    const size_t regions = truth + (begin[1] - begin[0]);
    DET_TRY(det_allocate(&m->truth, truth, sizeof *m->truth, m->message));
    DET_TRY(det_allocate(&m->regions, regions, sizeof *m->regions, m->message));
    return det_allocate(&m->matches, regions, sizeof *m->matches, m->message);
}

static det_status make(struct making *m, struct det_random *random)
{
    const struct det_dataset *d = m->source->cache->dataset;
    DET_TRY(reserve(m));
    if (m->label >= 0)
        list_regions(m);
    if (m->num_truth == 0)
        return det_fail(m->message, DET_ERROR_DATASET,
                        "%s has no box of a size of its class",
                        d->images[m->image].file_name);
    const int32_t drawn = draw_region(m, random);
    const struct det_box region = det_region_box(m->regions[drawn], m->pixels);
    const struct det_view view = view_of(m, random);
    DET_TRY(make_pixels(m, region, &view, random));
    m->out->label = m->label;
    return m->matches[drawn] < 0
               ? DET_OK
               : make_object(m, region, m->truth[m->matches[drawn]], &view);
}

det_status det_region_sample(void *user, uint64_t place, struct det_sample *out,
                             size_t *image, struct det_message *message)
{
    const struct det_region_source *source = user;
    struct det_random random = det_random_of(source->seed, "augment", place);
    struct det_image *decoded;
    *image = source->images[det_sample_order_at(source->order, place)];
    *out = (struct det_sample){0};
    DET_TRY(det_image_cache_take(source->cache, &decoded, *image, message));
    struct making m = {
        .source = source,
        .pixels = &decoded->pixels,
        .image = *image,
        .label = det_object_class(source->cache->dataset, *image, &random),
        .out = out,
        .message = message};
    const det_status status = make(&m, &random);
    free(m.truth);
    free(m.regions);
    free(m.matches);
    det_image_cache_give(source->cache, decoded, *image);
    out->image = *image;
    if (status != DET_OK)
        det_sample_destroy(out);
    return status;
}
