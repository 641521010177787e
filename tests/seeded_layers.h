/* SPDX-License-Identifier: MIT */
/* The layers of a network with random parameters in memory of their own. */
#ifndef TESTS_SEEDED_LAYERS_H
#define TESTS_SEEDED_LAYERS_H

#include "detector/network.h"

/* One layer and its memory. */
struct seeded_layer {
    struct det_conv_layer *layer;
    float *values;   /* all parameters, weight first */
    float *prepared; /* as det_conv_layer_prepare makes them */
    bool calibrated;
};

/* In the network's order; the parameters' `value`s point into it. */
struct seeded_layers {
    struct seeded_layer *items;
    size_t count;
};

/* Random parameters for every layer of `network`. */
det_status seeded_layers_create(struct seeded_layers *out,
                                struct det_network *network, uint64_t seed,
                                struct det_message *message);
void seeded_layers_destroy(struct seeded_layers *layers);

#endif
