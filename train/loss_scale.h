/* SPDX-License-Identifier: MIT */
/*
 * What losses are multiplied by in fp16, where small gradients would be 0 and
 * large ones infinite.  The rule is torch.amp.GradScaler's: 65536 at first;
 * twice as much after 2000 steps whose gradients are finite; half of it after
 * one whose are not, which is left out.
 */
#ifndef TRAIN_LOSS_SCALE_H
#define TRAIN_LOSS_SCALE_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/detect.h"

struct det_loss_scale {
    bool adapts;     /* fp16; else it stays 1 */
    double value;    /* a power of two, 1 at least */
    int64_t good;    /* steps since it changed */
    int64_t skipped; /* steps of the run that were left out */
};

void det_loss_scale_init(struct det_loss_scale *out, det_precision precision);

/* After a step that was done. */
void det_loss_scale_keep(struct det_loss_scale *scale);

/* After gradients that are not finite: whether a lower scale may help, so that
 * the step is left out. */
bool det_loss_scale_lower(struct det_loss_scale *scale);

/* Whether a checkpoint may say so. */
bool det_loss_scale_is_valid(const struct det_loss_scale *scale);

#endif
