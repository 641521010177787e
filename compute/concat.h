/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CONCAT_H
#define COMPUTE_CONCAT_H

#include "compute/ops.h"

/* The channels of op->first, then those of op->second; op->out is taken from
 * the arena.  DET_ERROR_ARGUMENT: their places differ. */
det_status det_concat_channels(struct det_compute *compute,
                               struct det_concat *op);

#endif
