/* SPDX-License-Identifier: MIT */
/* What a weight file says about a network, and whether it fits one. */
#ifndef DETECTOR_CHECK_WEIGHTS_H
#define DETECTOR_CHECK_WEIGHTS_H

#include "detector/network.h"
#include "weights/weights.h"

/* DET_ERROR_MODEL with both shapes when they differ. */
det_status det_weight_check_shape(const struct det_weight *weight,
                                  const struct det_parameter *parameter,
                                  struct det_message *message);

/* A file's tensor under the network's name, or NULL. */
typedef const struct det_weight *(*det_weight_lookup)(const void *file,
                                                      const char *name);

/* Fill in num_scores, num_delta_classes and num_anchors, which are the file's
 * to decide; architecture and preset are set already. */
det_status det_network_config_read(struct det_network_config *config,
                                   det_weight_lookup lookup, const void *file,
                                   struct det_message *message);

/* Whether all classes share one box regressor.  With one class it makes no
 * difference, and it is the class's own. */
bool det_network_config_is_agnostic(const struct det_network_config *config);

/* Whether the tensors are as the metadata say, which are needed because 4
 * deltas could be a broken file's. */
det_status
det_network_config_check_agnostic(const struct det_network_config *config,
                                  bool class_agnostic,
                                  struct det_message *message);

/* Whether the file's classifiers look at the whole image beside each region
 * exactly if `network` has context: then they take twice as many features. */
det_status det_weights_check_context(const struct det_network *network,
                                     det_weight_lookup lookup, const void *file,
                                     struct det_message *message);

/* Labels that a detection can have.  They are the columns of the class
 * scores; Detectron2's background is the last and is left out. */
int32_t det_network_config_labels(const struct det_network_config *config);

#endif
