/* SPDX-License-Identifier: MIT */
/* Judging boxes of classes that are told (ImageNet localization). */
#ifndef TRAIN_JUDGE_BOXES_H
#define TRAIN_JUDGE_BOXES_H

#include "train/trainer.h"

/* What is asked of one image of the validation data. */
struct det_box_question {
    const det_pixels *pixels;
    size_t image;
    const int32_t *labels; /* [count], those of its classes */
    size_t count;
};

/* boxes [question->count]: the best of each label.  `user` is the judge's; a
 * failure's message is left in trainer->message. */
typedef det_status (*det_find_boxes_fn)(void *user,
                                        const struct det_box_question *question,
                                        det_detection *boxes);

/* Sets "error_loc_val": the share of the images in which the box of none of
 * their classes has an IoU of 0.5 or more with a true one. */
det_status det_judge_boxes(det_trainer *trainer, det_find_boxes_fn find,
                           void *user);

#endif
