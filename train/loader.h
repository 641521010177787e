/* SPDX-License-Identifier: MIT */
/*
 * Samples made ahead by worker threads and handed out in order.  What they are
 * depends on their places alone, not on the number of workers.  An image that
 * cannot be read is passed over: the sample of a later place takes its own.
 */
#ifndef TRAIN_LOADER_H
#define TRAIN_LOADER_H

#include <stdint.h>

#include "train/sample.h"

struct det_loader;

/* Make the sample of a place; called from any worker.  *image is its place in
 * the data set, also on failure. */
typedef det_status (*det_make_sample_fn)(void *user, uint64_t place,
                                         struct det_sample *out, size_t *image,
                                         struct det_message *message);

/* An image was passed over; called from any worker, one at a time. */
typedef void (*det_bad_image_fn)(void *user, size_t image, const char *text);

struct det_loader_config {
    det_make_sample_fn make;
    det_bad_image_fn report; /* may be NULL */
    int (*stop)(void *user); /* asked while waiting, on the caller's thread:
                                non-zero is DET_ERROR_CANCELLED; may be NULL */
    void *user, *stop_user;
    uint64_t first_place; /* where a resumed run goes on */
    int workers;          /* >= 1 */
    int ahead;            /* samples that may wait, >= 1 */
    double most_bad;      /* part of the images that may be passed over */
    size_t images;        /* of the data set */
};

det_status det_loader_create(struct det_loader **out,
                             const struct det_loader_config *config,
                             struct det_message *message);
/* Stops the workers, whatever they are doing. */
void det_loader_destroy(struct det_loader **loader);

/* The next sample, now the caller's.  DET_ERROR_DATASET when more images than
 * allowed cannot be read; other failures as they come.  After
 * DET_ERROR_CANCELLED the same sample is still to come. */
det_status det_loader_next(struct det_loader *loader, struct det_sample *out,
                           struct det_message *message);

/* Seconds that det_loader_next has waited so far; images passed over. */
double det_loader_waited(const struct det_loader *loader);
size_t det_loader_bad_images(struct det_loader *loader);

#endif
