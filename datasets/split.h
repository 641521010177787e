/* SPDX-License-Identifier: MIT */
#ifndef DATASETS_SPLIT_H
#define DATASETS_SPLIT_H

#include "datasets/dataset.h"

/* Deal the images out; see det_dataset_split in detect/data.h. */
det_status det_split_images(uint32_t *parts, const struct det_dataset *dataset,
                            const double *fractions, size_t count,
                            uint64_t seed, struct det_message *message);

#endif
