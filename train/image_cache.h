/* SPDX-License-Identifier: MIT */
/* Decoded images of a data set, kept in memory as long as they fit. */
#ifndef TRAIN_IMAGE_CACHE_H
#define TRAIN_IMAGE_CACHE_H

#include <pthread.h>

#include "datasets/dataset.h"
#include "image/image.h"

struct det_image_cache {
    const struct det_dataset *dataset;
    const char *folder;        /* of the images */
    struct det_image **images; /* [num_images], NULL: not kept */
    size_t bytes, most_bytes;
    pthread_mutex_t lock;
};

/* `dataset` and `folder` must outlive it. */
det_status det_image_cache_create(struct det_image_cache *out,
                                  const struct det_dataset *dataset,
                                  const char *folder, size_t most_bytes,
                                  struct det_message *message);
void det_image_cache_destroy(struct det_image_cache *cache);

/* An image, to be returned.  Any thread. */
det_status det_image_cache_take(struct det_image_cache *cache,
                                struct det_image **out, size_t index,
                                struct det_message *message);
void det_image_cache_give(struct det_image_cache *cache,
                          struct det_image *image, size_t index);

#endif
