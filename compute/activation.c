/* SPDX-License-Identifier: MIT */
#include "compute/activation.h"

det_status det_softmax(struct det_compute *compute,
                       const struct det_tensor *logits)
{
    return det_planning(compute) ? DET_OK
                                 : compute->ops->softmax(compute, logits);
}

det_status det_sigmoid(struct det_compute *compute,
                       const struct det_tensor *logits)
{
    return det_planning(compute) ? DET_OK
                                 : compute->ops->sigmoid(compute, logits);
}
