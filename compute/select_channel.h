/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_SELECT_CHANNEL_H
#define COMPUTE_SELECT_CHANNEL_H

#include "compute/ops.h"

/* op->out, [R, H, W, 1], is taken from the arena; op->channel is not read
 * while planning. */
det_status det_select_channel(struct det_compute *compute,
                              struct det_select_channel *op);

#endif
