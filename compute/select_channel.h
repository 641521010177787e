/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_SELECT_CHANNEL_H
#define COMPUTE_SELECT_CHANNEL_H

#include "compute/conv_layer.h"

/* One channel of a 1x1 layer with a bias for each RoI: out, [R, H, W, 1], is
 * taken from the arena.  `channel` [R] is not read while planning; with a tape
 * it is a block of the arena, which it holds. */
det_status det_select_channel(struct det_compute *compute,
                              const struct det_conv_layer *layer,
                              struct det_tensor *out,
                              const struct det_tensor *in,
                              const int32_t *channel);

#endif
