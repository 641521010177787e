/* SPDX-License-Identifier: MIT */
/*
 * One image at a time with all its classes together: what was found, what is
 * there, and how they overlap.
 */
#ifndef EVAL_SCENE_H
#define EVAL_SCENE_H

#include "datasets/coco_results.h"
#include "eval/coco_protocol.h"

enum { DET_SCENE_MOST_FOUND = 100 }; /* COCO's limit for an image */

struct det_scene_rules {
    enum det_eval_task task;
    bool without_categories; /* all are class 0 */
    const uint8_t *images;   /* [images]: non-0 are judged; NULL: all */
    int threads;             /* >= 1 */
};

struct det_scene_object {
    uint32_t place; /* in the results or the data set's annotations */
    uint32_t class; /* place of the category in the data set */
    double score;   /* of a found object */
    double area;    /* pixels; of an annotation without one its box's */
};

struct det_scene {
    uint32_t image; /* place in the data set */
    size_t first;   /* objects found in the images before this one */
    /* the best of the image, best first; equal ones in the file's order */
    const struct det_scene_object *found;
    size_t num_found;
    const struct det_scene_object *truths; /* without crowds */
    size_t num_truths;
    const struct det_scene_object *crowds;
    size_t num_crowds;
    const double *ious;   /* [found, truths], 0..1 */
    const double *shares; /* [found, crowds]: a found one's part inside */
};

/* Several threads call it at once, each with another image. */
typedef void (*det_scene_fn)(void *user, const struct det_scene *scene);

/* Every image of the data set.  Objects of unknown images and categories are
 * left out. */
det_status det_scene_each(const struct det_dataset *dataset,
                          const struct det_results *results,
                          const struct det_scene_rules *rules, det_scene_fn fn,
                          void *user, struct det_message *message);

/* How many classes there are. */
static inline size_t det_scene_classes(const struct det_dataset *dataset,
                                       const struct det_scene_rules *rules)
{
    return rules->without_categories ? 1 : dataset->num_categories;
}

#endif
