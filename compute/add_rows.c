/* SPDX-License-Identifier: MIT */
#include "compute/add_rows.h"

static bool fits(const struct det_tensor *to, const struct det_tensor *rows,
                 int32_t first)
{
    return to->h == rows->h && to->w == rows->w && to->c == rows->c &&
           first >= 0 && rows->n <= to->capacity - first;
}

det_status det_add_rows(struct det_compute *compute,
                        const struct det_tensor *to,
                        const struct det_tensor *rows, int32_t first,
                        bool replaces, float share)
{
    if (!fits(to, rows, first))
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "[%d, %d, %d, %d] added to [%d, %d, %d, %d] from row "
                        "%d on",
                        rows->n, rows->h, rows->w, rows->c, to->capacity, to->h,
                        to->w, to->c, first);
    const struct det_add_rows op = {.to = to->data +
                                          first * det_tensor_stride(to),
                                    .from = rows->data,
                                    .count = det_tensor_count(rows),
                                    .share = share,
                                    .replaces = replaces};
    if (det_idle(compute) || op.count == 0)
        return DET_OK;
    return compute->ops->add_rows(compute, &op);
}
