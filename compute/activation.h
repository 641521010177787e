/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_ACTIVATION_H
#define COMPUTE_ACTIVATION_H

#include "compute/ops.h"

/* In place: over the channels of each place, and of each element. */
det_status det_softmax(struct det_compute *compute,
                       const struct det_tensor *logits);
det_status det_sigmoid(struct det_compute *compute,
                       const struct det_tensor *logits);

#endif
