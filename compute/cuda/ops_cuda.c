/* SPDX-License-Identifier: MIT */
#include "compute/cuda/ops_cuda.h"

#include "compute/cuda/device_cuda.h"
#include "compute/cuda/memory_cuda.h"

static det_status enter_cuda(struct det_device *device,
                             struct det_message *message)
{
    return det_cuda_check(message, cudaSetDevice(device->index),
                          "cudaSetDevice");
}

static void release_cuda(void *memory)
{
    cudaFree(memory);
}

static void release_host_cuda(void *memory)
{
    cudaFreeHost(memory);
}

static det_status copy(struct det_compute *compute, void *to, const void *from,
                       size_t bytes, enum cudaMemcpyKind kind)
{
    return det_cuda_check(
        compute->message,
        cudaMemcpyAsync(to, from, bytes, kind, compute->device->stream),
        "cudaMemcpyAsync");
}

/* More than this (weights while loading, photos) is waited for. */
enum { MOST_STAGED = 1 << 22 };

static det_status to_device_cuda(struct det_compute *compute, void *to,
                                 const void *from, size_t bytes)
{
    void *staged;
    if (bytes > MOST_STAGED) {
        DET_TRY(copy(compute, to, from, bytes, cudaMemcpyHostToDevice));
        return det_device_wait_cuda(compute->device, compute->message);
    }
    DET_TRY(det_stage_array(compute, &staged, from, bytes));
    return copy(compute, to, staged, bytes, cudaMemcpyDeviceToDevice);
}

static det_status to_host_cuda(struct det_compute *compute, void *to,
                               const void *from, size_t bytes)
{
    return copy(compute, to, from, bytes, cudaMemcpyDeviceToHost);
}

static det_status wait_cuda(struct det_compute *compute)
{
    return det_device_wait_cuda(compute->device, compute->message);
}

const struct det_ops det_ops_cuda = {
    .device = "cuda",
    .open = det_device_open_cuda,
    .close = det_device_close_cuda,
    .enter = enter_cuda,
    .shares_memory = false,
    .allocate = det_device_memory,
    .release = release_cuda,
    .allocate_host = det_pinned_memory,
    .release_host = release_host_cuda,
    .to_device = to_device_cuda,
    .to_host = to_host_cuda,
    .wait = wait_cuda,
    .record_begin = det_record_begin_cuda,
    .record_end = det_record_end_cuda,
    .record_drop = det_record_drop_cuda,
    .mark = det_mark_cuda,
    .between = det_between_cuda,
    .product_rate = det_product_rate_cuda,
    .convert = det_convert_cuda,
    .packed_conv2d_count = det_packed_conv2d_count_cuda,
    .pack_conv2d = det_pack_conv2d_cuda,
    .pack_linear = det_pack_linear_cuda,
    .pack_conv_transpose = det_pack_conv_transpose_cuda,
    .conv2d_scratch = det_conv2d_scratch_cuda,
    .conv2d = det_conv2d_cuda,
    .conv2d_fits_in_place = det_conv2d_fits_in_place_cuda,
    .conv2d_way = det_conv2d_way_cuda,
    .linear = det_linear_cuda,
    .conv_transpose_scratch = det_conv_transpose_scratch_cuda,
    .conv_transpose = det_conv_transpose_cuda,
    .select_channel = det_select_channel_cuda,
    .max_pool = det_max_pool_cuda,
    .average_pool = det_average_pool_cuda,
    .spatial_mean = det_spatial_mean_cuda,
    .spatial_mean_backward = det_spatial_mean_backward_cuda,
    .upsample_add = det_upsample_add_cuda,
    .roi_features = det_roi_features_cuda,
    .roi_warp = det_roi_warp_cuda,
    .mask_resize = det_mask_resize_cuda,
    .mask_pooling = det_mask_pooling_cuda,
    .resize_scratch = det_resize_scratch_cuda,
    .resize = det_resize_cuda,
    .softmax = det_softmax_cuda,
    .sigmoid = det_sigmoid_cuda,
    .maximum = det_maximum_cuda,
    .sigmoid_map = det_sigmoid_map_cuda,
    .gather = det_gather_cuda,
    .concat = det_concat_cuda,
    .subsample = det_subsample_cuda,
    .anchor_candidates_scratch = det_anchor_candidates_scratch_cuda,
    .anchor_candidates = det_anchor_candidates_cuda,
    .class_candidates_scratch = det_class_candidates_scratch_cuda,
    .class_candidates = det_class_candidates_cuda,
    .add_rows = det_add_rows_cuda,
    .mask_paste = det_mask_paste_cuda,
    .nms_scratch = det_nms_scratch_cuda,
    .nms = det_nms_cuda,
    .batch_norm_scratch = det_batch_norm_scratch_cuda,
    .batch_norm = det_batch_norm_cuda,
    .batch_norm_again = det_batch_norm_again_cuda,
    .running_statistics = det_running_statistics_cuda,
    .batch_norm_backward_scratch = det_batch_norm_backward_scratch_cuda,
    .batch_norm_backward = det_batch_norm_backward_cuda,
    .epilogue_backward_scratch = det_epilogue_backward_scratch_cuda,
    .epilogue_backward = det_epilogue_backward_cuda,
    .conv2d_backward_scratch = det_conv2d_backward_scratch_cuda,
    .conv2d_backward = det_conv2d_backward_cuda,
    .linear_backward_scratch = det_linear_backward_scratch_cuda,
    .linear_backward = det_linear_backward_cuda,
    .conv_transpose_backward_scratch = det_conv_transpose_backward_scratch_cuda,
    .conv_transpose_backward = det_conv_transpose_backward_cuda,
    .select_channel_backward = det_select_channel_backward_cuda,
    .max_pool_backward = det_max_pool_backward_cuda,
    .average_pool_backward = det_average_pool_backward_cuda,
    .upsample_add_backward = det_upsample_add_backward_cuda,
    .roi_features_backward = det_roi_features_backward_cuda,
    .roi_warp_backward = det_roi_warp_backward_cuda,
    .mask_resize_backward = det_mask_resize_backward_cuda,
    .mask_pooling_backward = det_mask_pooling_backward_cuda,
    .sigmoid_map_backward = det_sigmoid_map_backward_cuda,
    .gather_backward = det_gather_backward_cuda,
    .concat_backward = det_concat_backward_cuda,
    .subsample_backward = det_subsample_backward_cuda,
    .clear = det_clear_cuda,
    .scale = det_scale_cuda,
    .square_sum = det_square_sum_cuda,
    .sgd_update = det_sgd_update_cuda,
    .average = det_average_cuda,
    .softmax_loss = det_softmax_loss_cuda,
    .sigmoid_loss = det_sigmoid_loss_cuda,
    .smooth_l1_loss = det_smooth_l1_loss_cuda,
};
