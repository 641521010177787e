/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_PARAMETER_H
#define COMPUTE_PARAMETER_H

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

/* Called once for each parameter, in a fixed order.  `name` is torchvision's
 * full name, e.g. "backbone.body.layer1.0.conv1.weight". */
typedef det_status (*det_parameter_fn)(void *user, const char *name,
                                       struct det_parameter *parameter);

#endif
