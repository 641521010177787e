/* SPDX-License-Identifier: MIT */
/* A network that has learned, as a model; of averages where they are kept. */
#ifndef TRAIN_EXPORT_H
#define TRAIN_EXPORT_H

#include "detector/metadata.h"
#include "detector/model.h"
#include "train/parameters.h"

/* As a model in memory, for the device of `ops`. */
det_status det_export_model(det_model **out, const det_context *context,
                            const struct det_ops *ops, det_precision precision,
                            const struct det_parameters *parameters,
                            const struct det_metadata *metadata,
                            struct det_message *message);

/* As a model file. */
det_status det_export_file(const char *path,
                           const struct det_parameters *parameters,
                           const struct det_metadata *metadata,
                           struct det_message *message);

#endif
