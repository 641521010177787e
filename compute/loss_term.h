/* SPDX-License-Identifier: MIT */
/* One term of a loss, in double. */
#ifndef COMPUTE_LOSS_TERM_H
#define COMPUTE_LOSS_TERM_H

#include <math.h>
#include <stdbool.h>

#include "base/on_device.h"

struct det_loss_term {
    double loss;
    double slope; /* its derivative */
};

/* Binary cross-entropy between sigmoid(x) and target. */
static inline DET_ON_DEVICE struct det_loss_term det_sigmoid_term(double x,
                                                                  double target)
{
    const double small = exp(-fabs(x));
    const double p = x >= 0.0 ? 1.0 / (1.0 + small) : small / (1.0 + small);
    struct det_loss_term term;
    term.loss = fmax(x, 0.0) - x * target + log1p(small);
    term.slope = p - target;
    return term;
}

/* Smooth L1 of a difference; below a beta of 1e-5 it is |x|:
 * fvcore/nn/smooth_l1_loss.py. */
static inline DET_ON_DEVICE struct det_loss_term
det_smooth_l1_term(double x, double given_beta)
{
    const double beta = given_beta < 1e-5 ? 0.0 : given_beta;
    const bool near = fabs(x) < beta;
    struct det_loss_term term;
    term.loss = near ? 0.5 * x * x / beta : fabs(x) - 0.5 * beta;
    term.slope = near ? x / beta : (double)((x > 0.0) - (x < 0.0));
    return term;
}

#endif
