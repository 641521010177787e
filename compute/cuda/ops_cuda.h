/* SPDX-License-Identifier: MIT */
/* The GPU's table and the functions that fill it, one file per operator. */
#ifndef COMPUTE_CUDA_OPS_CUDA_H
#define COMPUTE_CUDA_OPS_CUDA_H

#include "compute/ops.h"

extern DET_API const struct det_ops det_ops_cuda;

det_status det_convert_cuda(struct det_compute *compute, void *to,
                            enum det_element element, const float *from,
                            int64_t count);
size_t det_packed_conv2d_count_cuda(const struct det_conv_shape *shape);
det_status det_pack_conv2d_cuda(struct det_compute *compute, float *packed,
                                const struct det_conv_shape *shape,
                                const float *weight);
size_t det_conv2d_scratch_cuda(const struct det_conv2d *op, int threads);
det_status det_conv2d_cuda(struct det_compute *compute,
                           const struct det_conv2d *op, void *scratch);
bool det_conv2d_fits_in_place_cuda(const struct det_conv2d *op);
struct det_layer_way det_conv2d_way_cuda(const struct det_conv2d *op);

det_status det_pack_linear_cuda(struct det_compute *compute, float *packed,
                                const struct det_conv_shape *shape,
                                const float *weight);
det_status det_linear_cuda(struct det_compute *compute,
                           const struct det_linear *op);

det_status det_pack_conv_transpose_cuda(struct det_compute *compute,
                                        float *packed, int32_t in_channels,
                                        int32_t out_channels,
                                        const float *weight);
size_t det_conv_transpose_scratch_cuda(const struct det_conv_transpose *op,
                                       int threads);
det_status det_conv_transpose_cuda(struct det_compute *compute,
                                   const struct det_conv_transpose *op,
                                   void *scratch);

det_status det_select_channel_cuda(struct det_compute *compute,
                                   const struct det_select_channel *op);
det_status det_max_pool_cuda(struct det_compute *compute,
                             const struct det_pool *op);
det_status det_average_pool_cuda(struct det_compute *compute,
                                 const struct det_pool *op);
det_status det_spatial_mean_cuda(struct det_compute *compute,
                                 const struct det_spatial_mean *op);
det_status
det_spatial_mean_backward_cuda(struct det_compute *compute,
                               const struct det_spatial_mean_backward *op);
det_status det_upsample_add_cuda(struct det_compute *compute,
                                 const struct det_upsample_add *op);
det_status det_roi_features_cuda(struct det_compute *compute,
                                 const struct det_roi_features *op);
det_status det_roi_warp_cuda(struct det_compute *compute,
                             const struct det_roi_warp *op);
det_status det_mask_resize_cuda(struct det_compute *compute,
                                const struct det_mask_resize *op);
det_status det_mask_pooling_cuda(struct det_compute *compute,
                                 const struct det_mask_pooling *op);
size_t det_resize_scratch_cuda(const struct det_resize *op);
det_status det_resize_cuda(struct det_compute *compute,
                           const struct det_resize *op, void *scratch);
det_status det_softmax_cuda(struct det_compute *compute,
                            const struct det_tensor *logits);
det_status det_sigmoid_cuda(struct det_compute *compute,
                            const struct det_tensor *logits);

det_status det_maximum_cuda(struct det_compute *compute,
                            const struct det_tensor *to,
                            const struct det_tensor *other);
det_status det_sigmoid_map_cuda(struct det_compute *compute,
                                const struct det_sigmoid_map *op);
size_t
det_anchor_candidates_scratch_cuda(const struct det_anchor_candidates *op);
det_status det_anchor_candidates_cuda(struct det_compute *compute,
                                      const struct det_anchor_candidates *op,
                                      void *scratch);
size_t det_class_candidates_scratch_cuda(const struct det_class_candidates *op);
det_status det_class_candidates_cuda(struct det_compute *compute,
                                     const struct det_class_candidates *op,
                                     void *scratch);
det_status det_add_rows_cuda(struct det_compute *compute,
                             const struct det_add_rows *op);
det_status det_mask_paste_cuda(struct det_compute *compute,
                               const struct det_mask_paste *op);
size_t det_nms_scratch_cuda(const struct det_candidates_nms *op);
det_status det_nms_cuda(struct det_compute *compute,
                        const struct det_candidates_nms *op, void *scratch);

det_status det_gather_cuda(struct det_compute *compute,
                           const struct det_gather *op);
det_status det_concat_cuda(struct det_compute *compute,
                           const struct det_concat *op);

/* ----------------------------------------------------------------- training */

det_status det_subsample_cuda(struct det_compute *compute,
                              const struct det_subsample *op);
det_status det_subsample_backward_cuda(struct det_compute *compute,
                                       const struct det_subsample_backward *op);
size_t det_batch_norm_scratch_cuda(const struct det_batch_norm *op,
                                   int threads);
det_status det_batch_norm_cuda(struct det_compute *compute,
                               const struct det_batch_norm *op, void *scratch);
det_status det_batch_norm_again_cuda(struct det_compute *compute,
                                     const struct det_batch_norm *op,
                                     void *scratch);
det_status det_running_statistics_cuda(struct det_compute *compute,
                                       const struct det_running_update *op);
size_t
det_batch_norm_backward_scratch_cuda(const struct det_batch_norm_backward *op,
                                     int threads);
det_status
det_batch_norm_backward_cuda(struct det_compute *compute,
                             const struct det_batch_norm_backward *op,
                             void *scratch);
size_t
det_epilogue_backward_scratch_cuda(const struct det_epilogue_backward *op,
                                   int threads);
det_status det_epilogue_backward_cuda(struct det_compute *compute,
                                      const struct det_epilogue_backward *op,
                                      void *scratch);
size_t det_conv2d_backward_scratch_cuda(const struct det_conv_backward *op,
                                        int threads);
det_status det_conv2d_backward_cuda(struct det_compute *compute,
                                    const struct det_conv_backward *op,
                                    void *scratch);
size_t det_linear_backward_scratch_cuda(const struct det_conv_backward *op,
                                        int threads);
det_status det_linear_backward_cuda(struct det_compute *compute,
                                    const struct det_conv_backward *op,
                                    void *scratch);
size_t
det_conv_transpose_backward_scratch_cuda(const struct det_conv_backward *op,
                                         int threads);
det_status det_conv_transpose_backward_cuda(struct det_compute *compute,
                                            const struct det_conv_backward *op,
                                            void *scratch);
det_status
det_select_channel_backward_cuda(struct det_compute *compute,
                                 const struct det_select_channel_backward *op);
det_status det_max_pool_backward_cuda(struct det_compute *compute,
                                      const struct det_pool_backward *op);
det_status det_average_pool_backward_cuda(struct det_compute *compute,
                                          const struct det_pool_backward *op);
det_status
det_upsample_add_backward_cuda(struct det_compute *compute,
                               const struct det_upsample_add_backward *op);
det_status
det_roi_features_backward_cuda(struct det_compute *compute,
                               const struct det_roi_features_backward *op);
det_status det_roi_warp_backward_cuda(struct det_compute *compute,
                                      const struct det_roi_warp_backward *op);
det_status
det_mask_resize_backward_cuda(struct det_compute *compute,
                              const struct det_mask_resize_backward *op);
det_status
det_mask_pooling_backward_cuda(struct det_compute *compute,
                               const struct det_mask_pooling_backward *op);
det_status
det_sigmoid_map_backward_cuda(struct det_compute *compute,
                              const struct det_sigmoid_map_backward *op);
det_status det_gather_backward_cuda(struct det_compute *compute,
                                    const struct det_gather_backward *op);
det_status det_concat_backward_cuda(struct det_compute *compute,
                                    const struct det_concat_backward *op);
det_status det_product_rate_cuda(struct det_compute *compute, double *flops);
det_status det_clear_cuda(struct det_compute *compute, float *values,
                          int64_t count);
det_status det_scale_cuda(struct det_compute *compute, float *values,
                          int64_t count, float by);
det_status det_square_sum_cuda(struct det_compute *compute, double *sum,
                               const float *values, int64_t count);
det_status det_sgd_update_cuda(struct det_compute *compute,
                               const struct det_sgd_update *op);
det_status det_average_cuda(struct det_compute *compute,
                            const struct det_average *op);
det_status det_softmax_loss_cuda(struct det_compute *compute,
                                 const struct det_softmax_loss *op);
det_status det_sigmoid_loss_cuda(struct det_compute *compute,
                                 const struct det_sigmoid_loss *op);
det_status det_smooth_l1_loss_cuda(struct det_compute *compute,
                                   const struct det_smooth_l1_loss *op);

#endif
