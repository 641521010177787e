/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOGISTIC_H
#define BASE_LOGISTIC_H

#include <math.h>

/* The probability that a logit stands for. */
static inline float det_logistic(float logit)
{
    return 1.0f / (1.0f + expf(-logit));
}

#endif
