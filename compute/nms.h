/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_NMS_H
#define COMPUTE_NMS_H

#include "compute/ops.h"

/* Non-maximum suppression of candidates (geometry/nms.h).  op->out is taken
 * from the arena with room for the limit, or where there is none, or ties are
 * kept, for all. */
det_status det_candidates_nms(struct det_compute *compute,
                              struct det_candidates_nms *op);

#endif
