/* SPDX-License-Identifier: MIT */
/* Samples of whole images with one label. */
#ifndef TRAIN_CLASSIFY_SAMPLE_H
#define TRAIN_CLASSIFY_SAMPLE_H

#include "train/image_cache.h"
#include "train/sample.h"
#include "train/sample_order.h"

struct det_classify_augment {
    int32_t side;                 /* of the square that is cut out */
    int32_t pad;                  /* it may hang over by this much */
    int32_t min_scale, max_scale; /* shorter side before that; 0: as it is */
    bool flip;
    bool pca;      /* colours, see train/colour.h */
    double jitter; /* likewise; 0: none */
    uint8_t fill[3];
};

struct det_classify_source {
    struct det_image_cache *cache;
    struct det_sample_order *order; /* NULL: as they come */
    const int32_t *labels;          /* of each image of the data set */
    struct det_classify_augment augment;
    bool is_random; /* for training; else the middle square */
    uint64_t seed;
};

/* A det_make_sample_fn; `user` is the source. */
det_status det_classify_sample(void *user, uint64_t place,
                               struct det_sample *out, size_t *image,
                               struct det_message *message);

#endif
