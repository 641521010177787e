/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_GATHER_H
#define COMPUTE_GATHER_H

#include "compute/ops.h"

/* out[r] = in[index[r]] for `count` rows; op->out, [count, H, W, C], is taken
 * from the arena with room for `capacity`.  With a tape op->index is a block of
 * the arena (or NULL), which it holds.  Its gradient adds up what the copies
 * have. */
det_status det_gather(struct det_compute *compute, struct det_gather *op,
                      int32_t count, int32_t capacity);

#endif
