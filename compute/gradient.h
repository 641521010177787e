/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_GRADIENT_H
#define COMPUTE_GRADIENT_H

#include <stdbool.h>

#include "compute/tensor.h"

/* Memory that a gradient is written to or added to. */
struct det_gradient {
    struct det_tensor tensor; /* shaped like what it is of; data NULL: it is
                                 not wanted */
    bool add;                 /* there is something to add to; else write every
                                 element */
};

#endif
