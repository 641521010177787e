/* SPDX-License-Identifier: MIT */
#include "eval/calibration.h"

#include <math.h>

/* NaN is in the first one. */
static size_t bin_of(double value, size_t bins)
{
    const double at = value * (double)bins;
    if (!(at > 0))
        return 0;
    return at < (double)bins ? (size_t)at : bins - 1;
}

void det_calibration_add(struct det_calibration *calibration, double score,
                         bool right)
{
    const size_t bin = bin_of(score, DET_CALIBRATION_BINS);
    calibration->counts[bin]++;
    calibration->right[bin] += right;
    calibration->score_sums[bin] += score;
}

double det_calibration_precision(const struct det_calibration *calibration,
                                 size_t bin)
{
    const size_t count = calibration->counts[bin];
    return count ? (double)calibration->right[bin] / (double)count : -1;
}

double det_calibration_score(const struct det_calibration *calibration,
                             size_t bin)
{
    const size_t count = calibration->counts[bin];
    return count ? calibration->score_sums[bin] / (double)count : -1;
}

double det_calibration_error(const struct det_calibration *calibration)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < DET_CALIBRATION_BINS; i++) {
        /* count * |right / count - sum / count| */
        sum += fabs((double)calibration->right[i] - calibration->score_sums[i]);
        count += calibration->counts[i];
    }
    return count ? sum / (double)count : -1;
}

/* --------------------------------------------------------------- histograms */

static const double size_edges[DET_HISTOGRAM_SIZES] = {0,  8,   16,  32, 64,
                                                       96, 128, 256, 512};

size_t det_size_bin(double area)
{
    size_t bin = 0;
    while (bin + 1 < DET_HISTOGRAM_SIZES &&
           area >= size_edges[bin + 1] * size_edges[bin + 1])
        bin++;
    return bin;
}

double det_size_edge(size_t bin)
{
    return size_edges[bin];
}

size_t det_score_bin(double score)
{
    return bin_of(score, DET_HISTOGRAM_SCORES);
}
