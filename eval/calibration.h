/* SPDX-License-Identifier: MIT */
/* Does a score of 0.8 mean that 8 of 10 are right? */
#ifndef EVAL_CALIBRATION_H
#define EVAL_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>

enum { DET_CALIBRATION_BINS = 15 };

/* Objects by score, in bins of equal width; the last one holds 1 as well.
 * Scores outside 0..1 fall into the outer bins.  Zeroed is empty. */
struct det_calibration {
    size_t counts[DET_CALIBRATION_BINS];
    size_t right[DET_CALIBRATION_BINS];
    double score_sums[DET_CALIBRATION_BINS];
};

void det_calibration_add(struct det_calibration *calibration, double score,
                         bool right);

/* The share of a bin's objects that are right, and their mean score; -1 for an
 * empty bin. */
double det_calibration_precision(const struct det_calibration *calibration,
                                 size_t bin);
double det_calibration_score(const struct det_calibration *calibration,
                             size_t bin);

/* Expected calibration error: the mean over all objects of
 * |precision - mean score| of their bin (Naeini et al. 2015; Guo et al. 2017,
 * equation 3).  -1 when there are none. */
double det_calibration_error(const struct det_calibration *calibration);

/* --------------------------------------------------------------- histograms */

enum { DET_HISTOGRAM_SIZES = 9, DET_HISTOGRAM_SCORES = 20 };

/* The bin of an area: its square root, in pixels, is at least the bin's edge
 * and below the next one's.  Edges 32 and 96 are those of COCO's small and
 * large, up to which side of them 1024 itself is on. */
size_t det_size_bin(double area);
double det_size_edge(size_t bin);

/* The bin of a score in 0..1, and the nearest for others. */
size_t det_score_bin(double score);

#endif
