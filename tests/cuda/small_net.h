/* SPDX-License-Identifier: MIT */
/* A network of one layer for tests of the device: a convolution with bias and
 * ReLU, on a photo of ones. */
#ifndef TESTS_CUDA_SMALL_NET_H
#define TESTS_CUDA_SMALL_NET_H

#include "compute/conv_layer.h"
#include "compute/engine.h"

enum { SMALL_NET_SIDE = 9, SMALL_NET_IN = 4, SMALL_NET_OUT = 6 };

struct small_net {
    struct det_conv_layer layer;
    float weight[SMALL_NET_OUT * SMALL_NET_IN * 9], bias[SMALL_NET_OUT];
    void *prepared; /* memory of the device */
    float first;    /* of the photo's samples; the others are 1 */
    float sum;      /* of all that came out */
};

/* Zeroed before; to be released after a failure, too. */
det_status small_net_prepare(struct small_net *net, struct det_engine *engine);
void small_net_release(struct small_net *net, const struct det_engine *engine);

/* A det_program_fn; `user` is the net. */
det_status small_net_run(struct det_compute *compute, void *user);

#endif
