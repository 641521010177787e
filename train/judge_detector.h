/* SPDX-License-Identifier: MIT */
#ifndef TRAIN_JUDGE_DETECTOR_H
#define TRAIN_JUDGE_DETECTOR_H

#include "train/trainer.h"

/* COCO's AP of boxes and masks on the trainer's validation data, as metrics
 * "bbox/AP", "bbox/AP50", "segm/AP", ... */
det_status det_judge_detector(det_trainer *trainer);

#endif
