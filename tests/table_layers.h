/* SPDX-License-Identifier: MIT */
/*
 * Networks whose weights another program can make too: every parameter is a
 * stretch of one table of 65521 random numbers, which begins where the
 * parameter's name says.  tools/golden/detectron2_network.py has the same.
 */
#ifndef TESTS_TABLE_LAYERS_H
#define TESTS_TABLE_LAYERS_H

#include "detector/network.h"

enum { TABLE_PRIME = 65521 };

/* The numbers of splitmix64 (Steele, Lea and Flood 2014) from state 0. */
uint64_t table_bits(uint64_t index);

/* A factor on one parameter. */
struct table_gain {
    const char *name; /* NULL ends a list */
    float gain;
};

struct table_layer {
    char name[DET_NAME_SIZE]; /* of the convolution */
    struct det_conv_layer *layer;
    float *prepared;
};

struct table_layers {
    struct table_layer *items;
    size_t count;
};

/* Fails the Check test that called when memory runs out. */
void table_layers_create(struct table_layers *out, struct det_network *network,
                         const struct table_gain *gains);
void table_layers_destroy(struct table_layers *layers);

#endif
