/* SPDX-License-Identifier: MIT */
/* PASCAL VOC's SegmentationObject pictures: one palette index for each object,
 * 0 for what is none, 255 for the border between. */
#ifndef DATASETS_VOC_MASKS_H
#define DATASETS_VOC_MASKS_H

#include "datasets/dataset.h"

/* Give the last `count` annotations their masks and areas: index 1 is the first
 * of them.  An object that the picture lacks keeps its box alone.  The picture
 * is a PNG with a palette, or grey, of width x height pixels; anything else is
 * DET_ERROR_DATASET. */
det_status det_voc_masks_take(struct det_dataset *dataset, size_t count,
                              const uint8_t *png, size_t size, int32_t width,
                              int32_t height, struct det_message *message);

#endif
