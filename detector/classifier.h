/* SPDX-License-Identifier: MIT */
/* A classifier's way through its network: backbone, mean, last layer. */
#ifndef DETECTOR_CLASSIFIER_H
#define DETECTOR_CLASSIFIER_H

#include "detector/network.h"

/* image [N, H, W, 3] -> logits [N, 1, 1, K]; `image` goes back to the arena.
 * Larger images give the mean over all places, which is fully convolutional
 * testing (He et al. 2015, section 3.4). */
det_status det_classifier_forward(struct det_compute *compute,
                                  const struct det_network *network,
                                  struct det_tensor *logits,
                                  struct det_tensor *image);

#endif
