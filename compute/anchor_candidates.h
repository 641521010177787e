/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_ANCHOR_CANDIDATES_H
#define COMPUTE_ANCHOR_CANDIDATES_H

#include "compute/ops.h"

/* op->out is taken from the arena with room for the best op->most of every
 * level. */
det_status det_anchor_candidates(struct det_compute *compute,
                                 struct det_anchor_candidates *op);

#endif
