/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CLASS_CANDIDATES_H
#define COMPUTE_CLASS_CANDIDATES_H

#include "compute/ops.h"

/* op->out is taken from the arena with room for all pairs of RoI and class that
 * may be above the threshold: where scores are exclusive few classes of a RoI,
 * so that what follows need not be started for all of them.
 * DET_ERROR_LIMIT: more than INT32_MAX pairs. */
det_status det_class_candidates(struct det_compute *compute,
                                struct det_class_candidates *op);

#endif
