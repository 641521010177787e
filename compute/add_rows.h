/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_ADD_ROWS_H
#define COMPUTE_ADD_ROWS_H

#include "compute/ops.h"

/* share * rows are added to the rows of `to` from `first` on, or replace them:
 * what runs of RoIs, and several networks of each, say of all of them.  It has
 * no gradient. */
det_status det_add_rows(struct det_compute *compute,
                        const struct det_tensor *to,
                        const struct det_tensor *rows, int32_t first,
                        bool replaces, float share);

#endif
