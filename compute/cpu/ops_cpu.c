/* SPDX-License-Identifier: MIT */
#include "compute/cpu/ops_cpu.h"

const struct det_ops det_ops_cpu = {
    .device = "cpu",
    .packed_conv2d_count = det_packed_conv2d_count_cpu,
    .pack_conv2d = det_pack_conv2d_cpu,
    .pack_linear = det_pack_linear_cpu,
    .pack_conv_transpose = det_pack_conv_transpose_cpu,
    .conv2d_scratch = det_conv2d_scratch_cpu,
    .conv2d = det_conv2d_cpu,
    .linear = det_linear_cpu,
    .conv_transpose_scratch = det_conv_transpose_scratch_cpu,
    .conv_transpose = det_conv_transpose_cpu,
    .select_channel = det_select_channel_cpu,
    .max_pool = det_max_pool_cpu,
    .average_pool = det_average_pool_cpu,
    .upsample_add = det_upsample_add_cpu,
    .roi_features = det_roi_features_cpu,
    .resize_scratch = det_resize_scratch_cpu,
    .resize = det_resize_cpu,
    .softmax = det_softmax_cpu,
    .sigmoid = det_sigmoid_cpu,
};
