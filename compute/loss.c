/* SPDX-License-Identifier: MIT */
#include "compute/loss.h"

#include "compute/tape.h"

/* Where the gradient of `values` goes, and how many times it. */
static det_status open(struct det_compute *compute, struct det_gradient *out,
                       float *gradient_scale, const struct det_tensor *values,
                       float scale)
{
    if (values->element != DET_ELEMENT_FP32)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a loss is of floats: the layer before it predicts");
    *gradient_scale = scale * det_tape_loss_scale(compute);
    return det_gradient_open(compute, out, values);
}

det_status det_softmax_loss(struct det_compute *compute,
                            struct det_softmax_loss *op)
{
    DET_TRY(open(compute, &op->gradient, &op->gradient_scale, &op->logits,
                 op->scale));
    return det_idle(compute) ? DET_OK : compute->ops->softmax_loss(compute, op);
}

det_status det_sigmoid_loss(struct det_compute *compute,
                            struct det_sigmoid_loss *op)
{
    DET_TRY(open(compute, &op->gradient, &op->gradient_scale, &op->logits,
                 op->scale));
    return det_idle(compute) ? DET_OK : compute->ops->sigmoid_loss(compute, op);
}

det_status det_smooth_l1_loss(struct det_compute *compute,
                              struct det_smooth_l1_loss *op)
{
    DET_TRY(open(compute, &op->gradient, &op->gradient_scale, &op->values,
                 op->scale));
    return det_idle(compute) ? DET_OK
                             : compute->ops->smooth_l1_loss(compute, op);
}
