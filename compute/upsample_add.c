/* SPDX-License-Identifier: MIT */
#include "compute/upsample_add.h"

det_status det_upsample_add(struct det_compute *compute,
                            const struct det_tensor *target,
                            const struct det_tensor *coarse)
{
    const struct det_upsample_add op = {.coarse = *coarse, .out = *target};
    if (target->c != coarse->c || target->n != coarse->n)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "maps of %d and %d channels cannot be added", target->c,
                        coarse->c);
    return det_planning(compute) ? DET_OK
                                 : compute->ops->upsample_add(compute, &op);
}
