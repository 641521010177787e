/* SPDX-License-Identifier: MIT */
/* Who wants to know how long each layer takes. */
#ifndef COMPUTE_LAYER_WATCH_H
#define COMPUTE_LAYER_WATCH_H

#include "compute/conv_layer.h"

/* One run of a layer. */
struct det_layer_call {
    const struct det_conv_layer *layer;
    struct det_tensor in, out; /* their shapes */
    struct det_layer_way way;
    double seconds;
    double flops; /* as det_compute counts them */
};

struct det_layer_watch {
    void (*see)(void *user, const struct det_layer_call *call);
    void *user;
};

/* That runs on `in` are told of: not while planning, nor of nothing. */
static inline bool det_layer_watched(const struct det_compute *compute,
                                     const struct det_tensor *in)
{
    return compute->watch && !det_planning(compute) && in->n > 0;
}

/* Around what takes the time, when det_layer_watched.  Both wait for the
 * device, so that the time is the layer's alone: together, layers of a GPU take
 * longer than without a watch. */
det_status det_layer_watch_begin(struct det_compute *compute,
                                 struct det_layer_call *call);
det_status det_layer_watch_end(struct det_compute *compute,
                               struct det_layer_call *call);

#endif
