/* SPDX-License-Identifier: MIT */
/* From samples to the network's input. */
#ifndef TRAIN_BATCH_H
#define TRAIN_BATCH_H

#include "compute/compute.h"
#include "detector/preset.h"
#include "train/sample.h"

/* The largest sides of the samples, each rounded up to a multiple of
 * `multiple`. */
struct det_batch_size {
    int32_t height, width;
};

struct det_batch_size det_batch_size_of(const struct det_sample *samples,
                                        int32_t count, int32_t multiple);

/* out [count, height, width, 3], taken from the arena: (pixel / unit - mean) /
 * std in the preset's channel order, 0 right of and below each sample. */
det_status det_batch_make(struct det_compute *compute, struct det_tensor *out,
                          const struct det_sample *samples, int32_t count,
                          struct det_batch_size size,
                          const struct det_preset *preset);

#endif
