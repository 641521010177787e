/* SPDX-License-Identifier: MIT */
#include "compute/maximum.h"

#include "compute/ops.h"

static bool have_same_shape(const struct det_tensor *a,
                            const struct det_tensor *b)
{
    return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

det_status det_maximum(struct det_compute *compute, const struct det_tensor *to,
                       struct det_tensor *other)
{
    if (!have_same_shape(to, other))
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "maximum of [%d, %d, %d, %d] and [%d, %d, %d, %d]",
                        to->n, to->h, to->w, to->c, other->n, other->h,
                        other->w, other->c);
    if (!det_idle(compute))
        DET_TRY(compute->ops->maximum(compute, to, other));
    det_tensor_give(compute, other);
    return DET_OK;
}
