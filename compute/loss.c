/* SPDX-License-Identifier: MIT */
#include "compute/loss.h"

#include "compute/tape.h"

det_status det_softmax_loss(struct det_compute *compute,
                            struct det_softmax_loss *op)
{
    DET_TRY(det_gradient_open(compute, &op->gradient, &op->logits));
    return det_idle(compute) ? DET_OK : compute->ops->softmax_loss(compute, op);
}

det_status det_sigmoid_loss(struct det_compute *compute,
                            struct det_sigmoid_loss *op)
{
    DET_TRY(det_gradient_open(compute, &op->gradient, &op->logits));
    return det_idle(compute) ? DET_OK : compute->ops->sigmoid_loss(compute, op);
}

det_status det_smooth_l1_loss(struct det_compute *compute,
                              struct det_smooth_l1_loss *op)
{
    DET_TRY(det_gradient_open(compute, &op->gradient, &op->values));
    return det_idle(compute) ? DET_OK
                             : compute->ops->smooth_l1_loss(compute, op);
}
