/* SPDX-License-Identifier: MIT */
#include "rpn/class_columns.h"

#include <string.h>

static det_status take_columns(struct det_compute *compute,
                               struct det_tensor *out,
                               const struct det_tensor *all,
                               int32_t num_classes, int32_t which)
{
    const int32_t columns = all->c / num_classes;
    const int64_t places = (int64_t)all->h * all->w;
    DET_TRY(det_host_tensor_take(compute, out, 1, all->h, all->w, columns));
    for (int64_t i = 0; !det_planning(compute) && i < places; i++)
        memcpy(out->data + i * columns,
               all->data + i * all->c + (int64_t)which * columns,
               (size_t)columns * sizeof *out->data);
    return DET_OK;
}

det_status det_class_columns(struct det_compute *compute,
                             struct det_rpn_output *out,
                             const struct det_rpn_output *all,
                             int32_t num_classes, int32_t which)
{
    DET_TRY(
        take_columns(compute, &out->logits, &all->logits, num_classes, which));
    return take_columns(compute, &out->deltas, &all->deltas, num_classes,
                        which);
}
