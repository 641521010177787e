/* SPDX-License-Identifier: MIT */
#include "compute/step.h"

det_status det_clear(struct det_compute *compute, float *values, int64_t count)
{
    return compute->ops->clear(compute, values, count);
}

det_status det_scale(struct det_compute *compute, float *values, int64_t count,
                     float by)
{
    return compute->ops->scale(compute, values, count, by);
}

det_status det_square_sum(struct det_compute *compute, double *sum,
                          const float *values, int64_t count)
{
    *sum = 0.0;
    DET_TRY(compute->ops->square_sum(compute, sum, values, count));
    return compute->ops->wait(compute);
}

det_status det_sgd_update(struct det_compute *compute,
                          const struct det_sgd_update *op)
{
    return compute->ops->sgd_update(compute, op);
}

det_status det_average(struct det_compute *compute,
                       const struct det_average *op)
{
    return compute->ops->average(compute, op);
}
