/* SPDX-License-Identifier: MIT */
#include "compute/cpu/ops_cpu.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "compute/fma_limit.h"

/* The machine is the host: no state, and its memory is the host's. */

static det_status open_cpu(struct det_device **out,
                           const struct det_device_options *options,
                           struct det_message *message)
{
    *out = NULL;
    if (options->precision == DET_PRECISION_FP32)
        return DET_OK;
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "the CPU computes with floats as they are: --precision "
                    "is for GPUs");
}

static void close_cpu(struct det_device **device)
{
    *device = NULL;
}

static det_status enter_cpu(struct det_device *device,
                            struct det_message *message)
{
    (void)device;
    (void)message;
    return DET_OK;
}

static det_status allocate_cpu(void **out, size_t bytes,
                               struct det_message *message)
{
    return det_allocate_aligned(out, bytes, 1, message);
}

static void release_cpu(void *memory)
{
    free(memory);
}

static det_status copy_cpu(struct det_compute *compute, void *to,
                           const void *from, size_t bytes)
{
    (void)compute;
    memcpy(to, from, bytes);
    return DET_OK;
}

static det_status convert_cpu(struct det_compute *compute, void *to,
                              enum det_element element, const float *from,
                              int64_t count)
{
    (void)element; /* floats: open_cpu lets no others be */
    return copy_cpu(compute, to, from, (size_t)count * sizeof *from);
}

static det_status wait_cpu(struct det_compute *compute)
{
    (void)compute;
    return DET_OK;
}

/* Functions are called, not asked for: there is nothing to record. */
static det_status record_begin_cpu(struct det_compute *compute,
                                   const void *name, size_t size)
{
    (void)compute;
    (void)name;
    (void)size;
    return DET_OK;
}

static det_status record_end_cpu(struct det_compute *compute, bool playing)
{
    (void)compute;
    (void)playing;
    return DET_OK;
}

static bool record_drop_cpu(struct det_compute *compute, det_status status)
{
    (void)compute;
    (void)status;
    return false;
}

static det_status mark_cpu(struct det_compute *compute, int moment)
{
    compute->moments[moment] = det_seconds();
    return DET_OK;
}

static det_status between_cpu(struct det_compute *compute, double *seconds,
                              int first, int second)
{
    *seconds = compute->moments[second] - compute->moments[first];
    return DET_OK;
}

/* What no product of this CPU's surpasses. */
static det_status product_rate_cpu(struct det_compute *compute, double *flops)
{
    const char *vectors;
    *flops = 1e9 * det_fma_limit_of(compute->threads, &vectors);
    return DET_OK;
}

const struct det_ops det_ops_cpu = {
    .device = "cpu",
    .open = open_cpu,
    .close = close_cpu,
    .enter = enter_cpu,
    .shares_memory = true,
    .allocate = allocate_cpu,
    .release = release_cpu,
    .allocate_host = allocate_cpu,
    .release_host = release_cpu,
    .to_device = copy_cpu,
    .to_host = copy_cpu,
    .wait = wait_cpu,
    .record_begin = record_begin_cpu,
    .record_end = record_end_cpu,
    .record_drop = record_drop_cpu,
    .mark = mark_cpu,
    .between = between_cpu,
    .product_rate = product_rate_cpu,
    .convert = convert_cpu,
    .packed_conv2d_count = det_packed_conv2d_count_cpu,
    .pack_conv2d = det_pack_conv2d_cpu,
    .pack_linear = det_pack_linear_cpu,
    .pack_conv_transpose = det_pack_conv_transpose_cpu,
    .conv2d_scratch = det_conv2d_scratch_cpu,
    .conv2d = det_conv2d_cpu,
    .conv2d_fits_in_place = det_conv2d_fits_in_place_cpu,
    .conv2d_way = det_conv2d_way_cpu,
    .linear = det_linear_cpu,
    .conv_transpose_scratch = det_conv_transpose_scratch_cpu,
    .conv_transpose = det_conv_transpose_cpu,
    .select_channel = det_select_channel_cpu,
    .max_pool = det_max_pool_cpu,
    .average_pool = det_average_pool_cpu,
    .spatial_mean = det_spatial_mean_cpu,
    .spatial_mean_backward = det_spatial_mean_backward_cpu,
    .upsample_add = det_upsample_add_cpu,
    .roi_features = det_roi_features_cpu,
    .roi_warp = det_roi_warp_cpu,
    .mask_resize = det_mask_resize_cpu,
    .mask_pooling = det_mask_pooling_cpu,
    .resize_scratch = det_resize_scratch_cpu,
    .resize = det_resize_cpu,
    .softmax = det_softmax_cpu,
    .sigmoid = det_sigmoid_cpu,
    .maximum = det_maximum_cpu,
    .sigmoid_map = det_sigmoid_map_cpu,
    .gather = det_gather_cpu,
    .concat = det_concat_cpu,
    .subsample = det_subsample_cpu,
    .anchor_candidates_scratch = det_anchor_candidates_scratch_cpu,
    .anchor_candidates = det_anchor_candidates_cpu,
    .class_candidates_scratch = det_class_candidates_scratch_cpu,
    .class_candidates = det_class_candidates_cpu,
    .add_rows = det_add_rows_cpu,
    .mask_paste = det_mask_paste_cpu,
    .nms_scratch = det_nms_scratch_cpu,
    .nms = det_nms_cpu,
    .batch_norm_scratch = det_batch_norm_scratch_cpu,
    .batch_norm = det_batch_norm_cpu,
    .batch_norm_again = det_batch_norm_again_cpu,
    .running_statistics = det_running_statistics_cpu,
    .batch_norm_backward_scratch = det_batch_norm_backward_scratch_cpu,
    .batch_norm_backward = det_batch_norm_backward_cpu,
    .epilogue_backward_scratch = det_epilogue_backward_scratch_cpu,
    .epilogue_backward = det_epilogue_backward_cpu,
    .conv2d_backward_scratch = det_conv2d_backward_scratch_cpu,
    .conv2d_backward = det_conv2d_backward_cpu,
    .linear_backward_scratch = det_linear_backward_scratch_cpu,
    .linear_backward = det_linear_backward_cpu,
    .conv_transpose_backward_scratch = det_conv_transpose_backward_scratch_cpu,
    .conv_transpose_backward = det_conv_transpose_backward_cpu,
    .select_channel_backward = det_select_channel_backward_cpu,
    .max_pool_backward = det_max_pool_backward_cpu,
    .average_pool_backward = det_average_pool_backward_cpu,
    .upsample_add_backward = det_upsample_add_backward_cpu,
    .roi_features_backward = det_roi_features_backward_cpu,
    .roi_warp_backward = det_roi_warp_backward_cpu,
    .mask_resize_backward = det_mask_resize_backward_cpu,
    .mask_pooling_backward = det_mask_pooling_backward_cpu,
    .sigmoid_map_backward = det_sigmoid_map_backward_cpu,
    .gather_backward = det_gather_backward_cpu,
    .concat_backward = det_concat_backward_cpu,
    .subsample_backward = det_subsample_backward_cpu,
    .clear = det_clear_cpu,
    .scale = det_scale_cpu,
    .square_sum = det_square_sum_cpu,
    .sgd_update = det_sgd_update_cpu,
    .average = det_average_cpu,
    .softmax_loss = det_softmax_loss_cpu,
    .sigmoid_loss = det_sigmoid_loss_cpu,
    .smooth_l1_loss = det_smooth_l1_loss_cpu,
};
