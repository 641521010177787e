/* SPDX-License-Identifier: MIT */
#ifndef DETECTOR_MODEL_H
#define DETECTOR_MODEL_H

#include "compute/engine.h"
#include "detector/labels.h"
#include "detector/network.h"
#include "detector/preset.h"
#include "weights/weights.h"

/* Immutable once loaded. */
struct det_model {
    const struct det_context *context;
    const struct det_ops *ops;
    det_precision precision;  /* that it was loaded for */
    struct det_preset preset; /* with the file's own sizes, mean and std */
    struct det_network network;
    struct det_labels labels; /* empty when the file names none */
    int32_t num_labels;
    void *prepared;     /* all layers' folded and packed parameters */
    size_t trunk_count; /* how many floats of that, from the first on, are the
                           backbone's */
    uint64_t trunk_digest; /* of those where the host cannot read them */
};

/* A model for the device of `ops` of weights in memory, with a model file's
 * names and metadata; they may go afterwards. */
det_status det_model_create(det_model **out, const det_context *context,
                            const struct det_ops *ops, det_precision precision,
                            const struct det_weights *weights,
                            struct det_message *message);

/* The engine that they run on: theirs, which options->device must be the name
 * of where it is not NULL.  See det_engine_create. */
det_status det_models_engine(struct det_engine *out,
                             const det_model *const *models, size_t count,
                             const struct det_engine_options *options,
                             struct det_message *message);

/* That models were loaded for the engine's device and elements. */
det_status det_models_check_device(const det_model *const *models, size_t count,
                                   const struct det_engine *engine,
                                   struct det_message *message);

#endif
