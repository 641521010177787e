/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_MASK_PASTE_H
#define COMPUTE_MASK_PASTE_H

#include "compute/ops.h"

/* DET_ERROR_ARGUMENT: a side that is not possible, or strips that do not fit
 * the masks or the words. */
det_status det_mask_paste(struct det_compute *compute,
                          const struct det_mask_paste *op);

#endif
