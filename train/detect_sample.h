/* SPDX-License-Identifier: MIT */
/* Samples of images with objects. */
#ifndef TRAIN_DETECT_SAMPLE_H
#define TRAIN_DETECT_SAMPLE_H

#include "train/image_cache.h"
#include "train/sample.h"
#include "train/sample_order.h"

struct det_detect_augment {
    int32_t min_scale, max_scale; /* shorter side, in steps of 32; 0: as it
                                     is */
    int32_t max_size;             /* longest side */
    int32_t crop;                 /* side of a square; 0: everything */
    bool flip, flip_vertical, rotate;
    bool pca;
    double jitter;
    uint8_t fill[3]; /* where a crop hangs over */
};

struct det_detect_source {
    struct det_image_cache *cache;
    struct det_sample_order *order; /* of the places in `images` */
    const uint32_t *images;         /* those that have objects */
    struct det_detect_augment augment;
    bool masks; /* of the objects, too */
    uint64_t seed;
};

/* A det_make_sample_fn; `user` is the source.  Crowds and objects of which
 * less than a third of the box is left are left out.  Mirroring, turning,
 * scaling and cutting are done to pixels, boxes and masks alike.  The label is
 * the class of one object of the picture, whether or not it is left. */
det_status det_detect_sample(void *user, uint64_t place, struct det_sample *out,
                             size_t *image, struct det_message *message);

#endif
