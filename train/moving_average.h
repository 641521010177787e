/* SPDX-License-Identifier: MIT */
/*
 * Exponential moving averages of all that a network has learned, running
 * statistics among it (Polyak and Juditsky 1992; as timm's ModelEmaV2 and
 * torch_ema keep them).  They are what validation and the model file get.
 */
#ifndef TRAIN_MOVING_AVERAGE_H
#define TRAIN_MOVING_AVERAGE_H

#include "train/parameters.h"

/* From now on `parameters` has averages, which begin as its values. */
det_status det_moving_average_create(struct det_parameters *parameters,
                                     struct det_message *message);

/* The values where the host has them.  Begin again as they are; nothing happens
 * where none are kept. */
void det_moving_average_restart(struct det_parameters *parameters);

/* Averages and values change places; likewise. */
void det_moving_average_swap(struct det_parameters *parameters);

/* average = d * average + (1 - d) * value, where d rises to `decay` as
 * (1 + n) / (10 + n) with the steps n done so far, this one among them
 * (tf.train.ExponentialMovingAverage): early averages forget the random
 * beginning. */
det_status det_moving_average_update(struct det_parameters *parameters,
                                     struct det_compute *compute, double decay,
                                     int64_t steps);

#endif
