/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_PARAMETER_H
#define COMPUTE_PARAMETER_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

enum { DET_PARAMETER_RANK = 4, DET_NAME_SIZE = 128 };

/* One named array of a network, in torch's layout. */
struct det_parameter {
    int32_t rank;
    int32_t shape[DET_PARAMETER_RANK];
    const float *value; /* borrowed while loading; NULL before */
    float *gradient;    /* of training, added to; NULL: it is not trained */
};

static inline size_t det_parameter_count(const struct det_parameter *p)
{
    size_t count = 1;
    for (int32_t i = 0; i < p->rank; i++)
        count *= (size_t)p->shape[i];
    return count;
}

/* Called once for each parameter, in a fixed order.  `name` is torchvision's
 * full name, e.g. "backbone.body.layer1.0.conv1.weight". */
typedef det_status (*det_parameter_fn)(void *user, const char *name,
                                       struct det_parameter *parameter);

#endif
