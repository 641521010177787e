/* SPDX-License-Identifier: MIT */
#ifndef TRAIN_INITIALISE_H
#define TRAIN_INITIALISE_H

#include "train/parameters.h"

/* Random values for every parameter: layers with a norm or a ReLU as in He et
 * al. 2015b ("Delving deep into rectifiers": normal, by fan in), predictors
 * normal with a deviation of 0.01, of boxes in the second stage 0.001
 * (Detectron2's rpn.py and fast_rcnn.py), a classifier's last layer uniform as
 * torch's Linear, others with a variance of 1 / fan in; biases 0, norms 1 and
 * 0.  The same seed and names give the same values. */
det_status det_initialise(struct det_parameters *parameters,
                          struct det_network *network, uint64_t seed);

#endif
