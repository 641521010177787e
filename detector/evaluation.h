/* SPDX-License-Identifier: MIT */
/* What an evaluation is made of. */
#ifndef DETECTOR_EVALUATION_H
#define DETECTOR_EVALUATION_H

#include "detect/eval.h"
#include "eval/coco_scores.h"

/* What a number is that is a share of images. */
struct det_image_share {
    det_measure_kind kind;
    int32_t k; /* 0: no limit */
    size_t images;
};

struct det_evaluation {
    const struct det_dataset *dataset; /* not owned */
    struct det_coco_scores scores;
    struct det_coco_number numbers[DET_COCO_MOST_NUMBERS];
    double values[DET_COCO_MOST_NUMBERS];
    size_t num_numbers;
    double *by_category; /* [num_numbers, K]: by VOC's rules and of shares of
                            images, instead of cells */
    struct det_image_share *shares; /* [num_numbers], or NULL */
};

/* Classes of images and localization: `protocol` has the limits and the
 * threshold.  What is made on failure is left to det_evaluation_destroy. */
det_status det_evaluate_images(det_evaluation *out, const det_results *results,
                               det_task task,
                               const struct det_coco_protocol *protocol,
                               struct det_message *message);

#endif
