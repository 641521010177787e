/* SPDX-License-Identifier: MIT */
/*
 * ImageNet's localization challenge: an image is right when one of its first k
 * guesses has a true class and a box with an IoU of at least the threshold with
 * any true box of that class.  Source: ILSVRC devkit, eval_clsloc.m (an overlap
 * below 0.50 is an error) and compute_overlap.m (corners are inside, which is
 * what the readers make of them).  Where an image has several classes, any will
 * do; the devkit takes the mean.  Images without a true box do not count, like
 * those of the devkit's blacklist; a crowd's box is none.
 */
#ifndef EVAL_LOCALIZATION_H
#define EVAL_LOCALIZATION_H

#include "eval/class_hits.h"
#include "eval/guesses.h"

struct det_localization {
    size_t k; /* guesses of an image that count */
    double iou;
    /* The class is told: the best guess of each class that is there counts,
     * wherever it stands among the others (Simonyan and Zisserman 2014, He et
     * al. 2015, table 13).  k is not used. */
    bool class_known;
};

/* DET_ERROR_DATASET when a result has no box, or no annotation has one.  On
 * failure nothing is left. */
det_status det_localization_count(struct det_class_hits *out,
                                  const struct det_guesses *guesses,
                                  const struct det_localization *rule,
                                  struct det_message *message);

#endif
