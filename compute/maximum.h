/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_MAXIMUM_H
#define COMPUTE_MAXIMUM_H

#include "compute/compute.h"

/* Each element of `to` becomes the greater of it and that of `other`, which has
 * the same shape and goes back to the arena: the maxout of two scales (Ren et
 * al. 2015, "Object detection networks on convolutional feature maps").  It has
 * no gradient: two scales are for testing. */
det_status det_maximum(struct det_compute *compute, const struct det_tensor *to,
                       struct det_tensor *other);

#endif
