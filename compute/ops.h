/* SPDX-License-Identifier: MIT */
/*
 * The operators: one argument struct each (compute/ops_forward.h and
 * compute/ops_train.h), and one table of functions per device
 * (compute/cpu/ops_cpu.c, compute/cuda/ops_cuda.c).  Tensors, weights and
 * gradients are memory of the device; arrays beside them (boxes, indices,
 * labels, targets) and sums of losses are the host's.  The networks never call
 * the table: they call the functions of the same name in compute/<operator>.h,
 * which check shapes, take the output from the arena and count the work.
 *
 * To add an operator: its struct there and its slot here;
 * compute/<operator>.{h,c}; compute/cpu/<operator>_cpu.c and
 * compute/cuda/<operator>_cuda.cu with their rows in the tables; cases in
 * tests/test_ops_<operator>.c against a plain reference in double.
 */
#ifndef COMPUTE_OPS_H
#define COMPUTE_OPS_H

#include "compute/device.h"
#include "compute/ops_forward.h"
#include "compute/ops_train.h"

/* Every slot is filled in every table; a test sees to it.  Scratch sizes are
 * in bytes and depend on shapes and threads only. */
struct det_ops {
    const char *device;

    /* The machine itself.  `open` gives the CPU no state: NULL. */
    det_status (*open)(struct det_device **out,
                       const struct det_device_options *options,
                       struct det_message *message);
    void (*close)(struct det_device **device);

    /* To be called by each thread before it uses the device. */
    det_status (*enter)(struct det_device *device, struct det_message *message);

    /* Its memory, at multiples of 64 bytes, not zeroed, and memory of the host
     * that copies between both are fast from and to.  A device need not be
     * open for it. */
    bool shares_memory; /* both are the same */
    det_status (*allocate)(void **out, size_t bytes,
                           struct det_message *message);
    void (*release)(void *memory);
    det_status (*allocate_host)(void **out, size_t bytes,
                                struct det_message *message);
    void (*release_host)(void *memory);

    /* All that a device is asked for happens in order, but may not have
     * happened yet when the call returns: `wait` does. to_device has read what
     * it copies when it returns. */
    det_status (*to_device)(struct det_compute *compute, void *to,
                            const void *from, size_t bytes);
    det_status (*to_host)(struct det_compute *compute, void *to,
                          const void *from, size_t bytes);
    det_status (*wait)(struct det_compute *compute);

    /* compute/recording.h.  A device that records sets compute->recording or
     * compute->playing when it begins; `playing` is what that was then. */
    det_status (*record_begin)(struct det_compute *compute, const void *name,
                               size_t size);
    det_status (*record_end)(struct det_compute *compute, bool playing);
    bool (*record_drop)(struct det_compute *compute, det_status status);

    /* compute/moments.h */
    det_status (*mark)(struct det_compute *compute, int moment);
    det_status (*between)(struct det_compute *compute, double *seconds,
                          int first, int second);

    /* Multiplications and additions a second of products of large matrices in
     * the device's precision, the best of some. */
    det_status (*product_rate)(struct det_compute *compute, double *flops);

    /* to [count] = the floats `from` as elements of another kind; both are
     * memory of the device. */
    det_status (*convert)(struct det_compute *compute, void *to,
                          enum det_element element, const float *from,
                          int64_t count);

    /* Weights as the kernels want them, of the compute's elements.  weight is
     * torch's [K, C/groups, R, S] in floats ([K, C*R*S] for linear layers,
     * whose kernel covers the map; [C, K, 2, 2] for the transposed).  Counts
     * are of elements: of convolutions, linear layers and
     * det_conv_transpose_product. */
    size_t (*packed_conv2d_count)(const struct det_conv_shape *shape);
    det_status (*pack_conv2d)(struct det_compute *compute, float *packed,
                              const struct det_conv_shape *shape,
                              const float *weight);
    det_status (*pack_linear)(struct det_compute *compute, float *packed,
                              const struct det_conv_shape *shape,
                              const float *weight);
    det_status (*pack_conv_transpose)(struct det_compute *compute,
                                      float *packed, int32_t in_channels,
                                      int32_t out_channels,
                                      const float *weight);

    size_t (*conv2d_scratch)(const struct det_conv2d *op, int threads);
    det_status (*conv2d)(struct det_compute *compute,
                         const struct det_conv2d *op, void *scratch);
    /* Whether it can write to where it reads the residual: of op's shape and
     * in_order alone, nothing else is given. */
    bool (*conv2d_fits_in_place)(const struct det_conv2d *op);
    struct det_layer_way (*conv2d_way)(const struct det_conv2d *op);
    det_status (*linear)(struct det_compute *compute,
                         const struct det_linear *op);
    size_t (*conv_transpose_scratch)(const struct det_conv_transpose *op,
                                     int threads);
    det_status (*conv_transpose)(struct det_compute *compute,
                                 const struct det_conv_transpose *op,
                                 void *scratch);
    det_status (*select_channel)(struct det_compute *compute,
                                 const struct det_select_channel *op);
    det_status (*max_pool)(struct det_compute *compute,
                           const struct det_pool *op);
    /* Padding inside a window counts as zeros, as in torch and Caffe. */
    det_status (*average_pool)(struct det_compute *compute,
                               const struct det_pool *op);
    det_status (*spatial_mean)(struct det_compute *compute,
                               const struct det_spatial_mean *op);
    det_status (*upsample_add)(struct det_compute *compute,
                               const struct det_upsample_add *op);
    det_status (*roi_features)(struct det_compute *compute,
                               const struct det_roi_features *op);
    det_status (*roi_warp)(struct det_compute *compute,
                           const struct det_roi_warp *op);
    det_status (*mask_resize)(struct det_compute *compute,
                              const struct det_mask_resize *op);
    det_status (*mask_pooling)(struct det_compute *compute,
                               const struct det_mask_pooling *op);
    size_t (*resize_scratch)(const struct det_resize *op);
    det_status (*resize)(struct det_compute *compute,
                         const struct det_resize *op, void *scratch);
    /* In place, over the last axis / each element. */
    det_status (*softmax)(struct det_compute *compute,
                          const struct det_tensor *logits);
    det_status (*sigmoid)(struct det_compute *compute,
                          const struct det_tensor *logits);
    /* Into `to`, which has the shape of `other`. */
    det_status (*maximum)(struct det_compute *compute,
                          const struct det_tensor *to,
                          const struct det_tensor *other);
    det_status (*sigmoid_map)(struct det_compute *compute,
                              const struct det_sigmoid_map *op);
    det_status (*gather)(struct det_compute *compute,
                         const struct det_gather *op);
    det_status (*concat)(struct det_compute *compute,
                         const struct det_concat *op);
    det_status (*subsample)(struct det_compute *compute,
                            const struct det_subsample *op);

    det_status (*add_rows)(struct det_compute *compute,
                           const struct det_add_rows *op);
    det_status (*mask_paste)(struct det_compute *compute,
                             const struct det_mask_paste *op);

    /* Choosing boxes. */
    size_t (*anchor_candidates_scratch)(const struct det_anchor_candidates *op);
    det_status (*anchor_candidates)(struct det_compute *compute,
                                    const struct det_anchor_candidates *op,
                                    void *scratch);
    size_t (*class_candidates_scratch)(const struct det_class_candidates *op);
    det_status (*class_candidates)(struct det_compute *compute,
                                   const struct det_class_candidates *op,
                                   void *scratch);
    size_t (*nms_scratch)(const struct det_candidates_nms *op);
    det_status (*nms)(struct det_compute *compute,
                      const struct det_candidates_nms *op, void *scratch);

    /* Training. */
    size_t (*batch_norm_scratch)(const struct det_batch_norm *op, int threads);
    det_status (*batch_norm)(struct det_compute *compute,
                             const struct det_batch_norm *op, void *scratch);
    /* The same from statistics that are given; `scratch` as batch_norm's. */
    det_status (*batch_norm_again)(struct det_compute *compute,
                                   const struct det_batch_norm *op,
                                   void *scratch);
    det_status (*running_statistics)(struct det_compute *compute,
                                     const struct det_running_update *op);
    size_t (*batch_norm_backward_scratch)(
        const struct det_batch_norm_backward *op, int threads);
    det_status (*batch_norm_backward)(struct det_compute *compute,
                                      const struct det_batch_norm_backward *op,
                                      void *scratch);
    size_t (*epilogue_backward_scratch)(const struct det_epilogue_backward *op,
                                        int threads);
    det_status (*epilogue_backward)(struct det_compute *compute,
                                    const struct det_epilogue_backward *op,
                                    void *scratch);
    size_t (*conv2d_backward_scratch)(const struct det_conv_backward *op,
                                      int threads);
    det_status (*conv2d_backward)(struct det_compute *compute,
                                  const struct det_conv_backward *op,
                                  void *scratch);
    size_t (*linear_backward_scratch)(const struct det_conv_backward *op,
                                      int threads);
    det_status (*linear_backward)(struct det_compute *compute,
                                  const struct det_conv_backward *op,
                                  void *scratch);
    size_t (*conv_transpose_backward_scratch)(
        const struct det_conv_backward *op, int threads);
    det_status (*conv_transpose_backward)(struct det_compute *compute,
                                          const struct det_conv_backward *op,
                                          void *scratch);
    det_status (*select_channel_backward)(
        struct det_compute *compute,
        const struct det_select_channel_backward *op);
    det_status (*max_pool_backward)(struct det_compute *compute,
                                    const struct det_pool_backward *op);
    det_status (*average_pool_backward)(struct det_compute *compute,
                                        const struct det_pool_backward *op);
    det_status (*spatial_mean_backward)(
        struct det_compute *compute,
        const struct det_spatial_mean_backward *op);
    det_status (*upsample_add_backward)(
        struct det_compute *compute,
        const struct det_upsample_add_backward *op);
    det_status (*roi_features_backward)(
        struct det_compute *compute,
        const struct det_roi_features_backward *op);
    det_status (*roi_warp_backward)(struct det_compute *compute,
                                    const struct det_roi_warp_backward *op);
    det_status (*mask_resize_backward)(
        struct det_compute *compute, const struct det_mask_resize_backward *op);
    det_status (*mask_pooling_backward)(
        struct det_compute *compute,
        const struct det_mask_pooling_backward *op);
    det_status (*sigmoid_map_backward)(
        struct det_compute *compute, const struct det_sigmoid_map_backward *op);
    det_status (*gather_backward)(struct det_compute *compute,
                                  const struct det_gather_backward *op);
    det_status (*concat_backward)(struct det_compute *compute,
                                  const struct det_concat_backward *op);
    det_status (*subsample_backward)(struct det_compute *compute,
                                     const struct det_subsample_backward *op);
    det_status (*clear)(struct det_compute *compute, float *values,
                        int64_t count);
    det_status (*scale)(struct det_compute *compute, float *values,
                        int64_t count, float by);
    /* *sum is added to. */
    det_status (*square_sum)(struct det_compute *compute, double *sum,
                             const float *values, int64_t count);
    det_status (*sgd_update)(struct det_compute *compute,
                             const struct det_sgd_update *op);
    det_status (*average)(struct det_compute *compute,
                          const struct det_average *op);
    det_status (*softmax_loss)(struct det_compute *compute,
                               const struct det_softmax_loss *op);
    det_status (*sigmoid_loss)(struct det_compute *compute,
                               const struct det_sigmoid_loss *op);
    det_status (*smooth_l1_loss)(struct det_compute *compute,
                                 const struct det_smooth_l1_loss *op);
};

#endif
