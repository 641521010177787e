/* SPDX-License-Identifier: MIT */
/* Layers' costs with their names, for who watches a session or a classifier. */
#ifndef DETECTOR_LAYER_REPORT_H
#define DETECTOR_LAYER_REPORT_H

#include "compute/layer_watch.h"
#include "detect/measure.h"
#include "detector/network.h"

enum { DET_MOST_REPORTED = 8 };

struct det_named_layer {
    const struct det_conv_layer *layer;
    char name[DET_NAME_SIZE];
};

/* Zeroed at first: nobody watches. */
struct det_layer_report {
    struct det_named_layer *layers;
    size_t count, capacity;
    det_layer_fn watch;
    void *user;
    struct det_layer_watch of_compute;
};

/* `count` networks, whose layers `compute` runs. */
struct det_layer_report_config {
    const struct det_network *networks[DET_MOST_REPORTED];
    size_t count;
    det_layer_fn watch; /* NULL: nobody watches any more */
    void *user;
};

/* What was set before is forgotten, on failure too.  The report must stay where
 * it is for as long as `compute` runs. */
det_status det_layer_report_set(struct det_layer_report *report,
                                struct det_compute *compute,
                                const struct det_layer_report_config *config);

void det_layer_report_destroy(struct det_layer_report *report);

#endif
