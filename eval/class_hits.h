/* SPDX-License-Identifier: MIT */
/*
 * In how many images a true class was hit: of the images that show a category,
 * those in which that category was; of all images that show any, those in which
 * one was.
 *
 * For each image: begin, hit what is hit, show what is there, end.
 */
#ifndef EVAL_CLASS_HITS_H
#define EVAL_CLASS_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

struct det_class_hits {
    size_t num_categories;
    size_t *right, *all; /* [categories + 1]: images; the last of any class */
    uint32_t *hit_in, *shown_in; /* [categories]: image + 1 */
    uint32_t now;                /* image + 1 */
    bool any_hit, any_shown;
};

/* On failure nothing is left. */
det_status det_class_hits_make(struct det_class_hits *out,
                               size_t num_categories,
                               struct det_message *message);
void det_class_hits_destroy(struct det_class_hits *hits);

static inline void det_class_hits_begin(struct det_class_hits *hits,
                                        size_t image)
{
    hits->now = (uint32_t)image + 1;
    hits->any_hit = hits->any_shown = false;
}

static inline void det_class_hits_hit(struct det_class_hits *hits,
                                      uint32_t category)
{
    hits->hit_in[category] = hits->now;
}

/* However often, a category counts once in an image. */
void det_class_hits_show(struct det_class_hits *hits, uint32_t category);
void det_class_hits_end(struct det_class_hits *hits);

/* The share of images that were right, or of those that were wrong; of those
 * that show the category at this place, or any for `num_categories`; -1 when
 * there is none. */
double det_class_hits_right(const struct det_class_hits *hits, size_t category);
double det_class_hits_wrong(const struct det_class_hits *hits, size_t category);

#endif
