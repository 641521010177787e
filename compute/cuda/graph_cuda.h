/* SPDX-License-Identifier: MIT */
/*
 * A convolution as a graph of cuDNN's, and the plan that runs it.  (cuDNN's
 * graph API, "backend" in its headers: descriptors with attributes that are
 * finalized, then read by others.)
 */
#ifndef COMPUTE_CUDA_GRAPH_CUDA_H
#define COMPUTE_CUDA_GRAPH_CUDA_H

#include <cudnn.h>

#include "compute/cuda/convolution_cuda.h"

/* Names of the tensors that a plan is given. */
enum det_graph_tensor {
    DET_GRAPH_IN = 1,
    DET_GRAPH_WEIGHT,
    DET_GRAPH_OUT,
    DET_GRAPH_RESIDUAL,
    DET_GRAPH_BIAS,
    DET_GRAPH_SUM, /* these three exist inside the plan only */
    DET_GRAPH_AFTER_ADD,
    DET_GRAPH_AFTER_BIAS
};

/* *plan is NULL where no kernel of the library does this.  What the library
 * proposes has numbers: none before *next (0 at first) is taken, and *next
 * becomes the number behind the plan's, where to look for another. */
det_status det_graph_plan(struct det_compute *compute,
                          cudnnBackendDescriptor_t *plan, int64_t *next,
                          const struct det_conv_problem *problem);

cudnnStatus_t det_graph_run(struct det_device *device,
                            cudnnBackendDescriptor_t plan,
                            const struct det_conv_operands *operands);

#endif
