/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOGISTIC_H
#define BASE_LOGISTIC_H

#include "base/exponential.h"

/* The probability that a logit stands for. */
static inline DET_ON_DEVICE float det_logistic(float logit)
{
    return 1.0f / (1.0f + det_exp(-logit));
}

#endif
