/* SPDX-License-Identifier: MIT */
/* Own kernels that go before and after the vendor's products. */
#ifndef COMPUTE_CUDA_LAYOUT_CUDA_H
#define COMPUTE_CUDA_LAYOUT_CUDA_H

#include "compute/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out [rows, b, a] = in [rows, a, b], or added to it: weights between torch's
 * order, a = C and b = R * S, and that of the maps.  One of both is of floats,
 * or they are alike. */
struct det_swap_cuda {
    float *out;
    const float *in;
    int64_t rows, a, b;
    bool add;
    enum det_element in_element, out_element;
};

det_status det_swap_cuda(struct det_compute *compute,
                         const struct det_swap_cuda *op);

/* out += in, all elements of tensors that are alike. */
det_status det_add_cuda(struct det_compute *compute,
                        const struct det_tensor *out, const float *in);

/* What follows a convolution's sum, in place, where cuDNN has no kernel that
 * does it along. */
det_status det_epilogue_cuda(struct det_compute *compute,
                             const struct det_conv2d *op);

/* out [N, 2H, 2W, K] from the 4 parts of each place, [N, H, W, K, 2, 2]; bias
 * may be NULL. */
struct det_parts_cuda {
    float *parts;            /* of the elements of `large` */
    struct det_tensor large; /* [N, 2H, 2W, K] */
    const float *bias;
    bool relu;
};

det_status det_scatter_parts_cuda(struct det_compute *compute,
                                  const struct det_parts_cuda *op);
det_status det_gather_parts_cuda(struct det_compute *compute,
                                 const struct det_parts_cuda *op);

#ifdef __cplusplus
}
#endif

#endif
