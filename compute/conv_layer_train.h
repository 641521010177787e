/* SPDX-License-Identifier: MIT */
/* A layer on the tape: its forward notes what its backward needs. */
#ifndef COMPUTE_CONV_LAYER_TRAIN_H
#define COMPUTE_CONV_LAYER_TRAIN_H

#include "compute/conv_layer.h"

/* det_conv_layer_forward with a tape; the residual, if it has data, stays the
 * caller's. */
det_status det_conv_layer_train(struct det_compute *compute,
                                const struct det_conv_layer *layer,
                                struct det_tensor *out,
                                const struct det_tensor *in,
                                const struct det_tensor *residual);

/* What a convolution adds to its sums. */
struct det_layer_residual {
    struct det_tensor map; /* data NULL: nothing */
    bool in_place;         /* the output takes its memory */
};

/* det_conv_layer_forward without one: weights are packed. */
det_status det_conv_layer_run(struct det_compute *compute,
                              const struct det_conv_layer *layer,
                              struct det_tensor *out,
                              const struct det_tensor *in,
                              const struct det_layer_residual *residual);

/* A layer's weights as its kernels want them: the prepared ones, or packed into
 * the arena where there are none. */
struct det_layer_weights {
    const float *packed, *bias;
    float *taken; /* to be returned, or NULL */
};

det_status det_layer_weights_take(struct det_compute *compute,
                                  struct det_layer_weights *out,
                                  const struct det_conv_layer *layer);
void det_layer_weights_give(struct det_compute *compute,
                            struct det_layer_weights *weights);

/* Floats of room for the weights alone, as the compute's elements. */
size_t det_conv_layer_packed_room(const struct det_conv_layer *layer,
                                  const struct det_compute *compute);
det_status det_conv_layer_pack(struct det_compute *compute,
                               const struct det_conv_layer *layer,
                               float *packed);

#endif
