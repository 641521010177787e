/* SPDX-License-Identifier: MIT */
#ifndef DETECTOR_MODEL_H
#define DETECTOR_MODEL_H

#include "detector/labels.h"
#include "detector/network.h"
#include "detector/preset.h"
#include "weights/weights.h"

/* Immutable once loaded. */
struct det_model {
    const struct det_context *context;
    const struct det_ops *ops;
    struct det_preset preset; /* with the file's own sizes, mean and std */
    struct det_network network;
    struct det_labels labels; /* empty when the file names none */
    int32_t num_labels;
    float *prepared; /* all layers' folded and packed parameters */
    size_t trunk_count; /* how many of them, from the first on, are the
                           backbone's */
};

/* A model of weights in memory, with a model file's names and metadata; they
 * may go afterwards. */
det_status det_model_create(det_model **out, const det_context *context,
                            const struct det_weights *weights,
                            struct det_message *message);

#endif
