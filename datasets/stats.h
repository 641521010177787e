/* SPDX-License-Identifier: MIT */
/* How many objects of what kind, size and shape. */
#ifndef DATASETS_STATS_H
#define DATASETS_STATS_H

#include "datasets/dataset.h"
#include "detect/data.h"

enum { DET_HISTOGRAMS = 3, DET_MOST_BINS = 16 };

struct det_dataset_stats {
    det_category_stats total;
    det_category_stats *categories; /* [count] */
    size_t count;
    size_t bins[DET_HISTOGRAMS][DET_MOST_BINS];
};

/* Annotations of unknown images and categories are left out.  The stats point
 * to the data set's names. */
det_status det_stats_measure(struct det_dataset_stats *out,
                             const struct det_dataset *dataset,
                             struct det_message *message);
void det_stats_clear(struct det_dataset_stats *stats);

/* The bin's name, NULL past the last. */
const char *det_stats_bin_name(det_histogram histogram, size_t index);

#endif
