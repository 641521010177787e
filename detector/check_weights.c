/* SPDX-License-Identifier: MIT */
#include "detector/check_weights.h"

#include <stdio.h>

static det_status fail_shape(struct det_message *message,
                             const struct det_weight *weight,
                             const struct det_parameter *parameter)
{
    char found[96], wanted[96];
    size_t at = 0;
    found[0] = wanted[0] = 0;
    for (int32_t i = 0; i < weight->rank && at < sizeof found; i++)
        at += (size_t)snprintf(found + at, sizeof found - at,
                               i ? " x %lld" : "%lld",
                               (long long)weight->shape[i]);
    at = 0;
    for (int32_t i = 0; i < parameter->rank && at < sizeof wanted; i++)
        at += (size_t)snprintf(wanted + at, sizeof wanted - at,
                               i ? " x %d" : "%d", parameter->shape[i]);
    return det_fail(message, DET_ERROR_MODEL,
                    "tensor \"%s\" has shape [%s]; the network needs [%s]",
                    weight->name, found, wanted);
}

det_status det_weight_check_shape(const struct det_weight *weight,
                                  const struct det_parameter *parameter,
                                  struct det_message *message)
{
    bool same = weight->rank == parameter->rank;
    for (int32_t i = 0; same && i < weight->rank; i++)
        same = weight->shape[i] == parameter->shape[i];
    return same ? DET_OK : fail_shape(message, weight, parameter);
}

static const char cls_score[] = "roi_heads.box_predictor.cls_score.weight";

/* Rows of a tensor, which say how many classes there are. */
static det_status tensor_rows(int32_t *out, const struct det_weight *weight,
                              const char *name, struct det_message *message)
{
    if (!weight)
        return det_fail(message, DET_ERROR_MODEL, "tensor \"%s\" is missing",
                        name);
    if (weight->rank < 1 || weight->shape[0] < 1 || weight->shape[0] > 65536)
        return det_fail(message, DET_ERROR_MODEL,
                        "tensor \"%s\" has %lld rows; 1 to 65536 are possible",
                        name, (long long)(weight->rank ? weight->shape[0] : 0));
    *out = (int32_t)weight->shape[0];
    return DET_OK;
}

static const char cls_logits[] = "rpn.head.cls_logits.weight";

/* An RPN of each class. */
static det_status read_localizer(struct det_network_config *config,
                                 det_weight_lookup lookup, const void *file,
                                 struct det_message *message)
{
    int32_t rows = 0;
    DET_TRY(tensor_rows(&rows, lookup(file, cls_logits), cls_logits, message));
    if (rows % DET_LOCALIZER_ANCHORS != 0)
        return det_fail(message, DET_ERROR_MODEL,
                        "tensor \"%s\" has %d rows; %d are of each class",
                        cls_logits, rows, DET_LOCALIZER_ANCHORS);
    config->num_scores = rows / DET_LOCALIZER_ANCHORS;
    return DET_OK;
}

/* Anchors at each place: three shapes of one to eight sizes. */
static det_status read_anchors(struct det_network_config *config,
                               det_weight_lookup lookup, const void *file,
                               struct det_message *message)
{
    enum { SHAPES = 3 };
    int32_t rows = 0;
    if (!config->architecture->anchors_of_file)
        return DET_OK;
    DET_TRY(tensor_rows(&rows, lookup(file, cls_logits), cls_logits, message));
    if (rows % SHAPES != 0 || rows > SHAPES * DET_MAX_SIZES)
        return det_fail(message, DET_ERROR_MODEL,
                        "tensor \"%s\" is for %d anchors; %d for each of 1 to "
                        "%d sizes are possible",
                        cls_logits, rows, SHAPES, DET_MAX_SIZES);
    config->num_anchors = rows;
    return DET_OK;
}

det_status det_network_config_read(struct det_network_config *config,
                                   det_weight_lookup lookup, const void *file,
                                   struct det_message *message)
{
    static const char fc[] = "fc.weight";
    static const char bbox_pred[] = "roi_heads.box_predictor.bbox_pred.weight";
    int32_t rows = 0;
    config->num_delta_classes = 1;
    switch (config->architecture->kind) {
    case DET_MODEL_CLASSIFIER:
        return tensor_rows(&config->num_scores, lookup(file, fc), fc, message);
    case DET_MODEL_LOCALIZER:
        return read_localizer(config, lookup, file, message);
    case DET_MODEL_RESCORER:
        return tensor_rows(&config->num_scores, lookup(file, cls_score),
                           cls_score, message);
    case DET_MODEL_DETECTOR:
        break;
    }
    DET_TRY(read_anchors(config, lookup, file, message));
    DET_TRY(tensor_rows(&config->num_scores, lookup(file, cls_score), cls_score,
                        message));
    DET_TRY(tensor_rows(&rows, lookup(file, bbox_pred), bbox_pred, message));
    config->num_delta_classes = rows / 4;
    const int32_t scores = config->num_scores;
    if (scores < 2 || rows % 4 != 0 ||
        (rows != 4 && rows != 4 * scores && rows != 4 * (scores - 1)))
        return det_fail(message, DET_ERROR_MODEL,
                        "%d class scores do not go with %d box deltas", scores,
                        rows);
    return DET_OK;
}

bool det_network_config_is_agnostic(const struct det_network_config *config)
{
    return det_architecture_detects(config->architecture) &&
           config->num_delta_classes == 1 && config->num_scores > 2;
}

det_status
det_network_config_check_agnostic(const struct det_network_config *config,
                                  bool class_agnostic,
                                  struct det_message *message)
{
    if (class_agnostic && config->num_delta_classes != 1)
        return det_fail(message, DET_ERROR_MODEL,
                        "metadata \"class_agnostic\" is 1, which means 4 box "
                        "deltas for all classes; there are %d",
                        4 * config->num_delta_classes);
    if (!class_agnostic && det_network_config_is_agnostic(config))
        return det_fail(message, DET_ERROR_MODEL,
                        "4 box deltas for %d class scores, but metadata "
                        "\"class_agnostic\" is not 1; make the file with "
                        "detect-convert",
                        config->num_scores);
    return DET_OK;
}

det_status det_weights_check_context(const struct det_network *network,
                                     det_weight_lookup lookup, const void *file,
                                     struct det_message *message)
{
    if (!det_architecture_detects(network->architecture) ||
        network->architecture->cascade)
        return DET_OK;
    const struct det_weight *weight = lookup(file, cls_score);
    const int64_t taken = network->box_predictor.scores.shape.in_channels;
    const int64_t given = weight && weight->rank == 2 ? weight->shape[1] : 0;
    if (network->context && taken == 2 * given)
        return det_fail(message, DET_ERROR_MODEL,
                        "metadata \"context\" is 1, but the classifiers take "
                        "%lld features, those of a region alone",
                        (long long)given);
    if (!network->context && given == 2 * taken)
        return det_fail(message, DET_ERROR_MODEL,
                        "the classifiers take %lld features, half of them the "
                        "whole image's, but metadata \"context\" is not 1",
                        (long long)given);
    return DET_OK;
}

int32_t det_network_config_labels(const struct det_network_config *config)
{
    const bool background_last =
        det_architecture_detects(config->architecture) &&
        !config->preset->background_first;
    return background_last ? config->num_scores - 1 : config->num_scores;
}
