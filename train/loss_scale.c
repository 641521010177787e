/* SPDX-License-Identifier: MIT */
#include "train/loss_scale.h"

#include <math.h>

/* torch/amp/grad_scaler.py, its defaults; more than `most` is no float. */
enum { GOOD_STEPS = 2000 };
static const double first = 65536.0, least = 1.0, most = 0x1p127;

void det_loss_scale_init(struct det_loss_scale *out, det_precision precision)
{
    const bool adapts = precision == DET_PRECISION_FP16;
    *out = (struct det_loss_scale){.adapts = adapts,
                                   .value = adapts ? first : 1.0};
}

void det_loss_scale_keep(struct det_loss_scale *scale)
{
    if (!scale->adapts || ++scale->good < GOOD_STEPS)
        return;
    scale->good = 0;
    if (scale->value < most)
        scale->value *= 2.0;
}

bool det_loss_scale_lower(struct det_loss_scale *scale)
{
    if (!scale->adapts || scale->value <= least)
        return false;
    scale->value /= 2.0;
    scale->good = 0;
    scale->skipped++;
    return true;
}

bool det_loss_scale_is_valid(const struct det_loss_scale *scale)
{
    int exponent;
    return scale->value >= least && scale->value <= most &&
           frexp(scale->value, &exponent) == 0.5 && scale->good >= 0 &&
           scale->good < GOOD_STEPS && scale->skipped >= 0;
}
