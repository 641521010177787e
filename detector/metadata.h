/* SPDX-License-Identifier: MIT */
/*
 * What a model file says of itself, in safetensors' __metadata__ (all values
 * are text):
 *
 *   format          "libdetect 1"
 *   architecture    a row of architecture_table.c
 *   preset          a row of preset_table.c
 *   classes         names, one a line, label 0 first (absent: unnamed)
 *   min_size, max_size   pixels of the resized photo's sides
 *   crop_size       of a classifier: pixels of the square it looks at
 *   mean, std       three numbers, in the network's channel order
 *   norm_eps        added to batch norms' variances
 *   class_agnostic  of a detector: 1: one box regressor for all classes, as
 *                   Detectron2's CLS_AGNOSTIC_BBOX_REG; 0 or absent: one each
 *   context         of a detector: 1: the classifiers see the whole image's
 *                   features beside the region's; 0 or absent: they do not
 */
#ifndef DETECTOR_METADATA_H
#define DETECTOR_METADATA_H

#include "detector/architecture.h"
#include "detector/preset.h"
#include "weights/weights.h"

struct det_metadata {
    const struct det_architecture *architecture;
    struct det_preset preset; /* with the file's own sizes, mean and std */
    float norm_eps;
    bool class_agnostic;
    bool context;
    const char *classes; /* borrowed; NULL when the file has none */
};

/* An architecture's own values under a preset. */
struct det_metadata det_metadata_default(const struct det_architecture *a,
                                         const struct det_preset *preset);

/* Whether the file is a model of this library, of any version. */
bool det_metadata_is_there(const struct det_weights *weights);

/* Read and check; DET_ERROR_MODEL names the key that is missing or wrong. */
det_status det_metadata_read(struct det_metadata *out,
                             const struct det_weights *weights,
                             struct det_message *message);

enum { DET_METADATA_ENTRIES = 12, DET_METADATA_VALUE = 128 };

/* The same as text, for writing. */
struct det_metadata_text {
    size_t count;
    struct {
        const char *key;
        const char *value;
    } entries[DET_METADATA_ENTRIES];
    char values[DET_METADATA_ENTRIES][DET_METADATA_VALUE];
};

void det_metadata_format(struct det_metadata_text *out,
                         const struct det_metadata *metadata);

#endif
