/* SPDX-License-Identifier: MIT */
#ifndef DETECTOR_DATASET_IMAGE_H
#define DETECTOR_DATASET_IMAGE_H

#include "datasets/dataset.h"
#include "image/image.h"

/* det_dataset_load_image without the public call's checks. */
det_status det_dataset_read_image(struct det_image **out,
                                  const struct det_data_image *image,
                                  const char *folder, uint64_t max_pixels,
                                  struct det_message *message);

#endif
