/* SPDX-License-Identifier: MIT */
/*
 * Samples of single regions: a proposal of an image, warped to a square, and
 * whether it is of the image's class (He et al. 2015, appendix C, after R-CNN).
 */
#ifndef TRAIN_REGION_SAMPLE_H
#define TRAIN_REGION_SAMPLE_H

#include "eval/guesses.h"
#include "train/image_cache.h"
#include "train/sample.h"
#include "train/sample_order.h"

struct det_region_augment {
    int32_t side; /* of the square */
    bool flip;
    bool pca; /* colours, see train/colour.h */
    double jitter;
};

struct det_region_source {
    struct det_image_cache *cache;
    struct det_sample_order *order;      /* of the places in `images` */
    const uint32_t *images;              /* those that have objects */
    const struct det_guesses *proposals; /* of the same data set */
    struct det_region_augment augment;
    uint64_t seed;
};

/* A det_make_sample_fn; `user` is the source.  The label is a class of the
 * image; of its proposals of that class and its true boxes one is drawn, half
 * of the time one with an IoU of 0.5 or more with a true box, which then is the
 * only object, in the square's pixels.  Without any true box of a size the
 * image is DET_ERROR_DATASET. */
det_status det_region_sample(void *user, uint64_t place, struct det_sample *out,
                             size_t *image, struct det_message *message);

#endif
