/* SPDX-License-Identifier: MIT */
/* The CPU's table and the functions that fill it, one file per operator. */
#ifndef COMPUTE_CPU_OPS_CPU_H
#define COMPUTE_CPU_OPS_CPU_H

#include "compute/ops.h"

extern const struct det_ops det_ops_cpu;

size_t det_packed_conv2d_count_cpu(const struct det_conv_shape *shape);
void det_pack_conv2d_cpu(float *packed, const struct det_conv_shape *shape,
                         const float *weight);
size_t det_conv2d_scratch_cpu(const struct det_conv2d *op, int threads);
det_status det_conv2d_cpu(struct det_compute *compute,
                          const struct det_conv2d *op, void *scratch);

void det_pack_linear_cpu(float *packed, const struct det_conv_shape *shape,
                         const float *weight);
det_status det_linear_cpu(struct det_compute *compute,
                          const struct det_linear *op);

void det_pack_conv_transpose_cpu(float *packed, int32_t in_channels,
                                 int32_t out_channels, const float *weight);
size_t det_conv_transpose_scratch_cpu(const struct det_conv_transpose *op,
                                      int threads);
det_status det_conv_transpose_cpu(struct det_compute *compute,
                                  const struct det_conv_transpose *op,
                                  void *scratch);

det_status det_select_channel_cpu(struct det_compute *compute,
                                  const struct det_select_channel *op);
det_status det_max_pool_cpu(struct det_compute *compute,
                            const struct det_pool *op);
det_status det_average_pool_cpu(struct det_compute *compute,
                                const struct det_pool *op);
det_status det_upsample_add_cpu(struct det_compute *compute,
                                const struct det_upsample_add *op);
det_status det_roi_features_cpu(struct det_compute *compute,
                                const struct det_roi_features *op);
size_t det_resize_scratch_cpu(const struct det_resize *op);
det_status det_resize_cpu(struct det_compute *compute,
                          const struct det_resize *op, void *scratch);
det_status det_softmax_cpu(struct det_compute *compute,
                           const struct det_tensor *logits);
det_status det_sigmoid_cpu(struct det_compute *compute,
                           const struct det_tensor *logits);

#endif
