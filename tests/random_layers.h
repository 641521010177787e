/* SPDX-License-Identifier: MIT */
/* Random parameters for the layers of a part of a network. */
#ifndef TESTS_RANDOM_LAYERS_H
#define TESTS_RANDOM_LAYERS_H

#include "base/random.h"
#include "compute/conv_layer.h"

enum { RANDOM_LAYERS_MOST = 12 };

struct random_layers {
    struct det_random random;
    float
        *memory[2 * RANDOM_LAYERS_MOST]; /* parameters; what is made of them */
    int count;
};

/* Make and prepare those of one more layer; bias, norm's weight, bias, mean and
 * variance are far from 0 and 1. */
det_status random_layers_add(struct random_layers *layers,
                             const struct det_ops *ops,
                             struct det_conv_layer *layer);

void random_layers_free(struct random_layers *layers);

#endif
