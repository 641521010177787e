/* SPDX-License-Identifier: MIT */
#include "eval/scene.h"

#include <math.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/memory.h"
#include "eval/coco_overlaps.h"
#include "eval/score_sort.h"

/* ---------------------------------------------------------------- by images */

/* Places of a file's objects; those of image I lie between begins[I] and
 * begins[I + 1], in the file's order. */
struct by_image {
    uint32_t *places;
    size_t *begins; /* [images + 1] */
};

struct scenes {
    const struct det_dataset *dataset;
    const struct det_results *results;
    const struct det_scene_rules *rules;
    struct by_image truths, found;
};

static uint32_t judged(const struct scenes *s, uint32_t image,
                       uint32_t category)
{
    const uint8_t *images = s->rules->images;
    if (category == DET_NO_INDEX || image == DET_NO_INDEX)
        return DET_NO_INDEX;
    return !images || images[image] ? image : DET_NO_INDEX;
}

/* The image of object `i`, or DET_NO_INDEX to leave it out. */
static uint32_t image_of_truth(const struct scenes *s, size_t i)
{
    const struct det_annotation *a = &s->dataset->annotations[i];
    return judged(s, a->image, a->category);
}

static uint32_t image_of_found(const struct scenes *s, size_t i)
{
    const struct det_found_object *o = &s->results->objects[i];
    return judged(s, o->image, o->category);
}

static det_status
sort_by_image(struct by_image *out, const struct scenes *s, size_t count,
              uint32_t (*image_of)(const struct scenes *, size_t),
              struct det_message *message)
{
    const size_t images = s->dataset->num_images;
    DET_TRY(det_allocate(&out->places, count, sizeof *out->places, message));
    DET_TRY(
        det_allocate(&out->begins, images + 2, sizeof *out->begins, message));
    /* One place ahead, so that filling moves begins[I + 1] to where it ends. */
    for (size_t i = 0; i < count; i++)
        if (image_of(s, i) != DET_NO_INDEX)
            out->begins[image_of(s, i) + 2]++;
    for (size_t i = 1; i < images + 2; i++)
        out->begins[i] += out->begins[i - 1];
    for (size_t i = 0; i < count; i++)
        if (image_of(s, i) != DET_NO_INDEX)
            out->places[out->begins[image_of(s, i) + 1]++] = (uint32_t)i;
    return DET_OK;
}

/* ---------------------------------------------------------------- one image */

/* What a thread works with. */
struct worker {
    struct det_scene_object *found, *truths, *crowds;
    struct det_shape *truth_shapes, *crowd_shapes;
    size_t truth_capacity, num_truth_shapes, num_crowd_shapes;
    double *overlaps;
    size_t overlap_capacity;
    struct det_score_sorter sorter;
    struct det_shape_maker maker;
    struct det_message message;
};

static void drop_shapes(struct worker *w)
{
    for (size_t i = 0; i < w->num_truth_shapes; i++)
        det_rle_destroy(&w->truth_shapes[i].mask);
    for (size_t i = 0; i < w->num_crowd_shapes; i++)
        det_rle_destroy(&w->crowd_shapes[i].mask);
    w->num_truth_shapes = w->num_crowd_shapes = 0;
}

static void destroy_worker(struct worker *w)
{
    if (!w)
        return;
    drop_shapes(w);
    free(w->found);
    free(w->truths);
    free(w->crowds);
    free(w->truth_shapes);
    free(w->crowd_shapes);
    free(w->overlaps);
    det_score_sorter_destroy(&w->sorter);
    det_segmentation_scratch_destroy(&w->maker.scratch);
    free(w);
}

static det_status reserve_truths(struct worker *w, size_t count)
{
    struct det_message *m = &w->message;
    if (count <= w->truth_capacity)
        return DET_OK;
    DET_TRY(det_reallocate(&w->truths, count, sizeof *w->truths, m));
    DET_TRY(det_reallocate(&w->crowds, count, sizeof *w->crowds, m));
    DET_TRY(
        det_reallocate(&w->truth_shapes, count, sizeof *w->truth_shapes, m));
    DET_TRY(
        det_reallocate(&w->crowd_shapes, count, sizeof *w->crowd_shapes, m));
    w->truth_capacity = count;
    return DET_OK;
}

static det_status reserve_overlaps(struct worker *w, size_t found,
                                   size_t truths)
{
    size_t count;
    if (!det_checked_mul(&count, found, truths))
        return det_fail_memory(&w->message, SIZE_MAX);
    if (count <= w->overlap_capacity)
        return DET_OK;
    DET_TRY(
        det_reallocate(&w->overlaps, count, sizeof *w->overlaps, &w->message));
    w->overlap_capacity = count;
    return DET_OK;
}

static double area_of(const struct det_annotation *a)
{
    return isnan(a->area) ? a->box[2] * a->box[3] : a->area;
}

/* Shapes are made only where something was found. */
static det_status load_truths(struct worker *w, const struct scenes *s,
                              struct det_scene *out, bool shapes)
{
    const size_t begin = s->truths.begins[out->image];
    const size_t end = s->truths.begins[out->image + 1];
    DET_TRY(reserve_truths(w, end - begin));
    for (size_t i = begin; i < end; i++) {
        const uint32_t place = s->truths.places[i];
        const struct det_annotation *a = &s->dataset->annotations[place];
        const struct det_scene_object object = {
            .place = place,
            .class = s->rules->without_categories ? 0 : a->category,
            .area = area_of(a)};
        struct det_shape *shape = a->is_crowd
                                      ? &w->crowd_shapes[w->num_crowd_shapes]
                                      : &w->truth_shapes[w->num_truth_shapes];
        if (a->is_crowd)
            w->crowds[out->num_crowds++] = object;
        else
            w->truths[out->num_truths++] = object;
        if (!shapes)
            continue;
        DET_TRY(det_shape_of_truth(shape, &w->maker, s->dataset, a));
        *(a->is_crowd ? &w->num_crowd_shapes : &w->num_truth_shapes) += 1;
    }
    return DET_OK;
}

static det_status load_found(struct worker *w, const struct scenes *s,
                             struct det_scene *out)
{
    const uint32_t *places = s->found.places + out->first;
    const size_t count = s->found.begins[out->image + 1] - out->first;
    DET_TRY(det_score_sorter_reserve(&w->sorter, count, &w->message));
    for (size_t i = 0; i < count; i++)
        det_score_sorter_put(&w->sorter, i,
                             s->results->objects[places[i]].score);
    const uint32_t *order = det_score_sort(&w->sorter, count);
    out->num_found =
        count < DET_SCENE_MOST_FOUND ? count : DET_SCENE_MOST_FOUND;
    for (size_t i = 0; i < out->num_found; i++) {
        const uint32_t place = places[order[i]];
        const struct det_found_object *o = &s->results->objects[place];
        w->found[i] = (struct det_scene_object){
            .place = place,
            .class = s->rules->without_categories ? 0 : o->category,
            .score = o->score};
    }
    return DET_OK;
}

/* What is no number overlaps with nothing. */
static double overlap(const struct det_shape *found,
                      const struct det_shape *truth, bool masks)
{
    const double iou = det_shape_iou(found, truth, masks);
    return iou > 0 ? iou : 0;
}

static det_status compare(struct worker *w, const struct scenes *s,
                          const struct det_scene *scene)
{
    const bool masks = s->rules->task == DET_EVAL_MASKS;
    const size_t truths = scene->num_truths, crowds = scene->num_crowds;
    double *ious = w->overlaps;
    double *shares = w->overlaps + scene->num_found * truths;
    for (size_t i = 0; i < scene->num_found; i++) {
        struct det_shape shape;
        DET_TRY(
            det_shape_of_found(&shape, &w->maker, s->dataset,
                               &s->results->objects[scene->found[i].place]));
        w->found[i].area = shape.area;
        for (size_t j = 0; j < truths; j++)
            ious[i * truths + j] = overlap(&shape, &w->truth_shapes[j], masks);
        for (size_t j = 0; j < crowds; j++)
            shares[i * crowds + j] =
                overlap(&shape, &w->crowd_shapes[j], masks);
        det_rle_destroy(&shape.mask);
    }
    return DET_OK;
}

static det_status load(struct worker *w, const struct scenes *s,
                       struct det_scene *out, uint32_t image)
{
    *out = (struct det_scene){.image = image, .first = s->found.begins[image]};
    drop_shapes(w);
    DET_TRY(load_found(w, s, out));
    DET_TRY(load_truths(w, s, out, out->num_found > 0));
    DET_TRY(
        reserve_overlaps(w, out->num_found, out->num_truths + out->num_crowds));
    out->found = w->found;
    out->truths = w->truths;
    out->crowds = w->crowds;
    DET_TRY(compare(w, s, out));
    out->ious = w->overlaps;
    out->shares = w->overlaps ? w->overlaps + out->num_found * out->num_truths
                              : w->overlaps;
    return DET_OK;
}

/* --------------------------------------------------------------- all images */

static det_status make_worker(struct worker **out, const struct scenes *s)
{
    struct worker *w;
    const struct det_results *r = s->results;
    DET_TRY(det_allocate(out, 1, sizeof **out, NULL));
    w = *out;
    w->maker = (struct det_shape_maker){
        .task = s->rules->task,
        .results_have_boxes = r->count > 0 && !isnan(r->objects[0].box[0]),
        .message = &w->message};
    return det_allocate(&w->found, DET_SCENE_MOST_FOUND, sizeof *w->found,
                        &w->message);
}

/* The first image that failed, whichever thread had it. */
struct failure {
    size_t image;
    det_status status;
    struct det_message message;
};

static void note_failure(struct failure *failure, size_t image,
                         det_status status, const struct worker *w)
{
    if (failure->status != DET_OK && failure->image < image)
        return;
    failure->image = image;
    failure->status = status;
    if (w)
        failure->message = w->message;
}

static void walk(const struct scenes *s, det_scene_fn fn, void *user,
                 struct failure *failure)
{
    const size_t images = s->dataset->num_images;
#pragma omp parallel num_threads(s->rules->threads)
    {
        struct worker *w = NULL;
        const det_status made = make_worker(&w, s);
#pragma omp for schedule(dynamic, 16)
        for (size_t i = 0; i < images; i++) {
            struct det_scene scene;
            const det_status status =
                made == DET_OK ? load(w, s, &scene, (uint32_t)i) : made;
            if (status == DET_OK)
                fn(user, &scene);
            else
#pragma omp critical
                note_failure(failure, i, status, w);
        }
        destroy_worker(w);
    }
}

static det_status run(struct scenes *s, det_scene_fn fn, void *user,
                      struct det_message *message)
{
    struct failure *failure;
    DET_TRY(sort_by_image(&s->truths, s, s->dataset->num_annotations,
                          image_of_truth, message));
    DET_TRY(sort_by_image(&s->found, s, s->results->count, image_of_found,
                          message));
    DET_TRY(det_allocate(&failure, 1, sizeof *failure, message));
    walk(s, fn, user, failure);
    det_status status = failure->status;
    if (status != DET_OK && failure->message.text[0] == 0)
        status = det_fail_memory(message, sizeof(struct worker));
    else if (status != DET_OK)
        status = det_fail(message, status, "%s", failure->message.text);
    free(failure);
    return status;
}

det_status det_scene_each(const struct det_dataset *dataset,
                          const struct det_results *results,
                          const struct det_scene_rules *rules, det_scene_fn fn,
                          void *user, struct det_message *message)
{
    struct scenes scenes = {dataset, results, rules, {0}, {0}};
    const det_status status = run(&scenes, fn, user, message);
    free(scenes.truths.places);
    free(scenes.truths.begins);
    free(scenes.found.places);
    free(scenes.found.begins);
    return status;
}
