/* SPDX-License-Identifier: MIT */
/*
 * PASCAL VOC's average precision, and MNC's of masks (mAP^r).  Sources:
 * py-faster-rcnn lib/datasets/voc_eval.py; MNC lib/datasets/voc_eval.py.
 *
 * Each found object, best score first over all images (equal scores in the
 * results' order), looks at the true object of its image and class that it
 * overlaps most, the first on a tie: it is a hit when the IoU is above the
 * threshold and nobody was there before, nothing when that object is difficult,
 * and else a false alarm.
 *
 * ImageNet's detection challenge lets it choose among the objects that nobody
 * found before, and asks less of small ones: an IoU of w h / ((w + 10) (h +
 * 10)) when that is below the threshold (ILSVRC devkit, eval_detection.m).
 */
#ifndef EVAL_VOC_SCORES_H
#define EVAL_VOC_SCORES_H

#include "datasets/coco_results.h"
#include "eval/coco_protocol.h"

enum det_voc_average {
    DET_VOC_11_POINTS, /* until 2009: mean over recalls 0, 0.1, ... 1 */
    DET_VOC_AREA,      /* since 2010: area below the envelope */
};

enum det_voc_matching {
    DET_VOC_NEAREST, /* VOC's and MNC's */
    DET_VOC_IMAGENET,
};

struct det_voc_protocol {
    enum det_voc_matching matching;
    enum det_eval_task task; /* masks: a hit at the threshold, too */
    enum det_voc_average average;
    double iou;
    const uint8_t *images; /* [images]: non-0 are judged; NULL: all */
};

/* Average precision of each category by id; -1 when none is there that is not
 * difficult. */
struct det_voc_scores {
    uint32_t *categories; /* [K]: places in the data set */
    double *ap;           /* [K] */
    size_t num_categories;
};

det_status det_voc_evaluate(struct det_voc_scores *out,
                            const struct det_dataset *dataset,
                            const struct det_results *results,
                            const struct det_voc_protocol *protocol,
                            struct det_message *message);
void det_voc_scores_destroy(struct det_voc_scores *scores);

/* The mean over categories that are not -1, or -1. */
double det_voc_mean(const struct det_voc_scores *scores);

#endif
