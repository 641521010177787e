/* SPDX-License-Identifier: MIT */
/* Judging what a localizer has learned so far. */
#ifndef TRAIN_JUDGE_LOCALIZER_H
#define TRAIN_JUDGE_LOCALIZER_H

#include "train/trainer.h"

/* Metric error_loc_val, see train/judge_boxes.h, by what the middle of each
 * image shows. */
det_status det_judge_localizer(det_trainer *trainer);

#endif
