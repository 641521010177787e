/* SPDX-License-Identifier: MIT */
/* Images that have something to learn from, and how they are seen: what all
 * that learn of boxes share. */
#ifndef TRAIN_OBJECT_IMAGES_H
#define TRAIN_OBJECT_IMAGES_H

#include "train/detect_sample.h"
#include "train/trainer.h"

/* images [order.count], the caller's to free: places of those that have
 * annotations; the trainer's order becomes one of these.  None is
 * DET_ERROR_DATASET. */
det_status det_object_images_list(det_trainer *trainer, uint32_t **images);

/* The colour that is 0 to the network, and RGB as pixels are. */
void det_object_images_fill(const det_trainer *trainer, uint8_t fill[3]);

/* What the settings ask for; the squares are cut with this side, 0: none. */
struct det_detect_augment det_object_images_augment(const det_trainer *trainer,
                                                    int32_t crop,
                                                    int32_t max_size);

#endif
