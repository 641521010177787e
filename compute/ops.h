/* SPDX-License-Identifier: MIT */
/*
 * The operators: one argument struct each, and one table of functions per
 * device (compute/cpu/ops_cpu.c, compute/cuda/ops_cuda.c).  Tensors, weights
 * and gradients are memory of the device; arrays beside them (boxes, indices,
 * labels, targets) and sums of losses are the host's.  The networks never call
 * the table: they call the functions of the same name in compute/<operator>.h,
 * which check shapes, take the output from the arena and count the work.
 *
 * To add an operator: its struct and slot here; compute/<operator>.{h,c};
 * compute/cpu/<operator>_cpu.c and compute/cuda/<operator>_cuda.cu with their
 * rows in the tables; cases in tests/test_ops_<operator>.c against a plain
 * reference in double.
 */
#ifndef COMPUTE_OPS_H
#define COMPUTE_OPS_H

#include <stdbool.h>

#include "compute/candidates.h"
#include "compute/compute.h"
#include "compute/device.h"
#include "compute/gradient.h"
#include "detect/detect.h"
#include "geometry/anchor_grid.h"
#include "geometry/box.h"
#include "geometry/box_delta.h"
#include "geometry/box_reading.h"
#include "geometry/nms.h"
#include "geometry/paste_axis.h"

/* A convolution's shape; square kernels except where a linear layer covers a
 * pooled RoI. */
struct det_conv_shape {
    int32_t in_channels;
    int32_t out_channels;
    int32_t kernel_h, kernel_w;
    int32_t stride;
    int32_t pad;
    int32_t dilation;
    int32_t groups; /* divides both channel counts */
};

static inline size_t det_conv_shape_weights(const struct det_conv_shape *s)
{
    return (size_t)s->out_channels * (size_t)(s->in_channels / s->groups) *
           (size_t)s->kernel_h * (size_t)s->kernel_w;
}

/* How a device computes a layer. */
struct det_layer_way {
    const char *algorithm; /* a word */
    double flops; /* multiplications and additions of its products, those for
                     places that are not there among them */
};

/* Batch norm with fixed statistics, x * scale + shift. */
struct det_conv_norm {
    const float *scale, *shift; /* [K]; NULL both: no norm */
    bool fused;                 /* rounded once, not after the product too */
};

/* out = relu(norm(conv(in) + bias) + residual) */
struct det_conv2d {
    struct det_conv_shape shape;
    struct det_tensor in;       /* [N, H, W, C] */
    struct det_tensor out;      /* [N, OH, OW, K] */
    struct det_tensor residual; /* as out; data NULL: none */
    const float *packed;        /* from pack_conv2d */
    const float *bias;          /* [K] of out's elements, or NULL */
    struct det_conv_norm norm;
    bool relu;
    bool in_place; /* out takes the residual's memory */
    bool predicts; /* out is floats, whatever `in` is */
    bool in_order; /* see det_compute */
    /* Of backward passes: */
    bool add; /* out has what the sum begins with, in place of the bias */
    int32_t more_pad_left; /* than shape.pad */
};

/* Multiplications and additions of a direct algorithm. */
static inline double det_conv2d_flops(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    return 2.0 * (double)det_tensor_count(&op->out) * s->kernel_h *
           s->kernel_w * (s->in_channels / s->groups);
}

/* out = relu(weight * in + bias), maps taken as vectors */
struct det_linear {
    struct det_tensor in;  /* [R, H, W, C] */
    struct det_tensor out; /* [R, 1, 1, K] */
    const float *packed;   /* from pack_linear */
    const float *bias;     /* [K] of out's elements, or NULL */
    bool relu;
    bool predicts; /* out is floats, whatever `in` is */
};

/* What a transposed convolution of 2x2 and stride 2 multiplies by: a 1x1
 * convolution to the four places that each place makes. */
static inline struct det_conv_shape
det_conv_transpose_product(int32_t in_channels, int32_t out_channels)
{
    return (struct det_conv_shape){.in_channels = in_channels,
                                   .out_channels = 4 * out_channels,
                                   .kernel_h = 1,
                                   .kernel_w = 1,
                                   .stride = 1,
                                   .pad = 0,
                                   .dilation = 1,
                                   .groups = 1};
}

/* out = relu(transposed convolution, 2x2 kernel, stride 2, + bias) */
struct det_conv_transpose {
    struct det_tensor in;  /* [N, H, W, C] */
    struct det_tensor out; /* [N, 2H, 2W, K] */
    const float *packed;   /* from pack_conv_transpose */
    const float *bias;     /* [K] of out's elements, or NULL */
    bool relu;
};

/* One output channel for each RoI, a 1x1 convolution: the mask predictor needs
 * no other class than the one predicted. */
struct det_select_channel {
    struct det_tensor in;   /* [R, H, W, C] */
    struct det_tensor out;  /* [R, H, W, 1], floats */
    const float *packed;    /* from pack_conv2d of the 1x1 convolution */
    const float *bias;      /* [K] */
    int32_t num_channels;   /* K */
    const int32_t *channel; /* [R], each in 0..K-1 */
};

enum det_pool_rounding {
    DET_POOL_FLOOR, /* torch's default */
    DET_POOL_CEIL   /* Caffe: the last window may hang over, but must begin
                       inside the map or its left padding */
};

struct det_pool {
    struct det_tensor in, out; /* [N, H, W, C] -> [N, OH, OW, C] */
    int32_t kernel, stride, pad;
    enum det_pool_rounding rounding;
};

/* out = mean over the places of each map */
struct det_spatial_mean {
    struct det_tensor in, out; /* [N, H, W, C] -> [N, 1, 1, C] */
};

/* out += coarse enlarged to out's size by nearest neighbour */
struct det_upsample_add {
    struct det_tensor coarse; /* [N, h, w, C] */
    struct det_tensor out;    /* [N, H, W, C] */
};

enum det_roi_kind {
    DET_ROI_ALIGN, /* Mask R-CNN, bilinear samples */
    DET_ROI_POOL   /* Fast R-CNN, maximum of rounded bins (Caffe) */
};

enum { DET_MAX_LEVELS = 5 };

/* Pool each RoI from one of several maps.  What may follow is the rest of a 1x1
 * convolution whose bare sums the maps are: RoIAlign is linear, so that it may
 * come first, but samples outside the map are 0 and have no bias. */
struct det_roi_features {
    enum det_roi_kind kind;
    bool aligned;     /* RoIAlign: shift by half a pixel (Detectron2) */
    int32_t sampling; /* samples of a bin per axis; 0: ceil(roi / P) */
    int32_t num_maps;
    struct det_tensor maps[DET_MAX_LEVELS]; /* [1, H, W, C] */
    float scales[DET_MAX_LEVELS];           /* map places per image pixel */
    const struct det_box *boxes;            /* [R], image pixels */
    const int32_t *map_index;               /* [R], or NULL: all map 0 */
    const int32_t *image_index;             /* [R], or NULL: all image 0 */
    int32_t side;                           /* P, the bins of a RoI per axis */
    int32_t step;                           /* every step-th of them is made */
    const float *bias;                      /* [C] of out's elements, or NULL */
    struct det_conv_norm norm;              /* as that of det_conv2d */
    bool relu;
    struct det_tensor out; /* [R, ceil(P / step), ceil(P / step), C] */
};

static inline bool det_roi_features_finishes(const struct det_roi_features *op)
{
    return op->bias || op->norm.scale || op->relu;
}

/* Warp each RoI of a map to P x P places: one bilinear sample at the corner of
 * each bin (Dai, He and Sun 2016; see compute/cpu/roi_warp_cpu.c).  It has a
 * gradient to the boxes too, which therefore are a tensor. */
struct det_roi_warp {
    struct det_tensor map;      /* [N, H, W, C] */
    float scale;                /* map places per image pixel */
    struct det_tensor boxes;    /* [R, 1, 1, 4] floats: x1, y1, x2, y2, image
                                   pixels */
    const int32_t *image_index; /* [R], or NULL: all image 0 */
    struct det_tensor out;      /* [R, P, P, C] */
};

/* Bilinear: place (y, x) of out is at (y * h / H, x * w / W) of in, without a
 * shift by half a place; 0 where that is more than half a place outside, as in
 * det_roi_warp. */
struct det_mask_resize {
    struct det_tensor in;  /* [N, h, w, C] */
    struct det_tensor out; /* [N, H, W, C] */
};

/* out = features * mask, which all channels share */
struct det_mask_pooling {
    struct det_tensor features; /* [R, H, W, C] */
    struct det_tensor mask;     /* [R, H, W, 1], floats */
    struct det_tensor out;      /* [R, H, W, C] */
};

/* out = sigmoid(in), kept for a backward pass.  (det_ops.sigmoid works in
 * place.) */
struct det_sigmoid_map {
    struct det_tensor in, out; /* [N, H, W, C] */
    const int32_t *live;       /* [N], or NULL: all; where it is 0 the backward
                                  passes no gradient on */
};

/* out[r] = in[index[r]] */
struct det_gather {
    struct det_tensor in;  /* [N, H, W, C] */
    const int32_t *index;  /* [R], 0..N-1, or NULL: all row 0 */
    struct det_tensor out; /* [R, H, W, C] */
};

/* out = the channels of both, place by place */
struct det_concat {
    struct det_tensor first, second; /* [N, H, W, A], [N, H, W, B] */
    struct det_tensor out;           /* [N, H, W, A + B] */
};

/* out = in at every `stride`-th place, with zero channels before and behind:
 * the shortcut of option A (He et al. 2015, section 3.3). */
struct det_subsample {
    struct det_tensor in;  /* [N, H, W, C] */
    struct det_tensor out; /* [N, ceil(H/stride), ceil(W/stride), K] */
    int32_t stride;
    int32_t first_channel; /* of out that comes from in */
};

/* to = to + share * from, or without the first */
struct det_add_rows {
    float *to; /* [count] */
    const float *from;
    int64_t count;
    float share;
    bool replaces;
};

static inline DET_ON_DEVICE float det_added_share(const struct det_add_rows *op,
                                                  int64_t i)
{
    return (op->replaces ? 0.0f : op->to[i]) + op->share * op->from[i];
}

/* Neighbouring columns of a photo, of one mask's box in it. */
struct det_paste_strip {
    int32_t mask; /* row of the masks */
    struct det_paste_axis columns, rows;
    int32_t first, count; /* of the columns that are touched */
    int64_t at;           /* where its bits begin, in words */
};

enum { DET_PASTE_WORD = 32 /* bits */ };

/* Words of one column: the last one may have bits to spare, which are 0. */
static inline DET_ON_DEVICE int32_t
det_paste_column_words(const struct det_paste_strip *strip)
{
    const int32_t rows = strip->rows.end - strip->rows.begin;
    return rows > 0 ? (rows - 1) / DET_PASTE_WORD + 1 : 0;
}

/* Small masks in the pixels of their photo: strip by strip and column by
 * column, as COCO's runs go, a bit for each row that is touched, the first one
 * lowest. */
struct det_mask_paste {
    struct det_tensor masks; /* [R, side, side, 1], floats; side is 1 to
                                DET_PASTE_MOST_SIDE */
    const struct det_paste_strip *strips; /* [num_strips], of the host; each
                                             begins where the last one ends */
    int32_t num_strips;
    uint32_t *words; /* [num_words], memory of the device */
    int64_t num_words;
};

/* One map's anchors and what an RPN said of them. */
struct det_anchor_level {
    struct det_tensor logits; /* [1, H, W, C], before the sigmoid */
    struct det_tensor deltas; /* [1, H, W, 4 C] */
    int32_t first; /* channel of the first anchor's logit; the rest follow */
    struct det_cell_anchors anchors;
    struct det_anchor_stride stride;
};

/* The best anchors of each level by logit (geometry/top_k.h), as boxes decoded
 * and clipped, without those that are small or whose logit is not finite; level
 * by level, best first (compute/anchor_rule.h). */
struct det_anchor_candidates {
    struct det_anchor_level levels[DET_MAX_LEVELS];
    int32_t num_levels;
    int32_t most; /* anchors of a level */
    /* See rpn/proposals.h. */
    float min_size;
    bool min_size_exclusive, filters_first, rank_by_logit;
    struct det_delta_coder coder;
    struct det_extent extent;  /* where boxes are clipped */
    struct det_candidates out; /* groups are levels, places anchors */
};

/* Each RoI as the boxes that deltas make of it, one for each class that scores
 * above the threshold; clipped, without the background's, those that are small
 * and those that are not finite; RoI by RoI, class by class
 * (compute/class_rule.h). */
struct det_class_candidates {
    struct det_tensor scores;   /* [R, 1, 1, num_scores], probabilities */
    struct det_tensor deltas;   /* [R, 1, 1, 4 * num_delta_classes] */
    const struct det_box *rois; /* [R] */
    struct det_box_reading reading;
    bool exclusive;            /* the scores of a RoI add up to 1 */
    float score_threshold;     /* strictly above it */
    float min_size;            /* pixels */
    struct det_extent extent;  /* where boxes are clipped */
    struct det_candidates out; /* groups are columns of scores, places RoIs;
                                  what it has no room for is left out */
};

/* Those that det_nms keeps, best first. */
struct det_candidates_nms {
    struct det_candidates in, out;
    bool across_groups; /* boxes of all groups suppress each other */
    struct det_nms_options options;
};

/* ----------------------------------------------------------------- training
 * Gradients of parameters are added to; those of tensors are written, or added
 * to where det_gradient says so, or not wanted where it has no data.  All
 * functions give the same bits for the same thread count. */

/* Batch norm with the batch's own statistics (Ioffe and Szegedy 2015):
 * out = relu((in - mean) * inverse_std * weight + bias + residual) */
struct det_batch_norm {
    struct det_tensor in, out;  /* [N, H, W, C]; the same memory is fine */
    struct det_tensor residual; /* as out; data NULL: none */
    const float *weight, *bias; /* [C] */
    float eps;
    bool relu;
    float *mean, *variance; /* [C], written; the variance is the biased one */
};

/* running += weight * (the batch's - running), of means and variances. */
struct det_running_update {
    const float *mean, *variance;           /* [C], the batch's, biased */
    float *running_mean, *running_variance; /* [C] */
    int32_t channels;
    float weight;
    float unbias;  /* what makes the variance unbiased: n / (n - 1) */
    bool replaces; /* what was there is not read */
};

static inline DET_ON_DEVICE void
det_running_step(const struct det_running_update *op, int32_t k)
{
    const float mean = op->replaces ? 0.0f : op->running_mean[k];
    const float variance = op->replaces ? 0.0f : op->running_variance[k];
    const float next = op->variance[k] * op->unbias;
    op->running_mean[k] = mean + op->weight * (op->mean[k] - mean);
    op->running_variance[k] = variance + op->weight * (next - variance);
}

struct det_batch_norm_backward {
    struct det_tensor gradient; /* of out; becomes that of in */
    struct det_tensor in;       /* what the forward was given */
    struct det_tensor out;      /* its output, for the ReLU; data NULL: where
                                   `relu` it is made again, without residual */
    bool relu;
    struct det_gradient residual;
    const float *weight, *bias, *mean, *variance; /* [C] */
    float eps;
    float *weight_gradient, *bias_gradient; /* [C] or NULL */
};

/* What follows a convolution's sum: relu(norm(sum + bias) + residual), the
 * norm with fixed statistics. */
struct det_epilogue_backward {
    struct det_tensor gradient; /* of out; becomes that of the bare sum */
    struct det_tensor out;      /* for the ReLU; data NULL: none */
    struct det_gradient residual;
    const float *scale;   /* [K] of the norm, or NULL */
    float *bias_gradient; /* [K] or NULL */
};

/* Bare sums of a convolution, a linear layer (its kernel covers `in`) or the
 * 2x2 transposed convolution. */
struct det_conv_backward {
    struct det_conv_shape shape;
    struct det_tensor in;       /* what the forward was given */
    struct det_tensor gradient; /* of out */
    const float *weight;        /* torch's layout, see pack_conv2d */
    float *weight_gradient;     /* the same layout; NULL: not wanted */
    struct det_gradient in_gradient;
    bool in_order; /* see det_compute */
};

struct det_pool_backward {
    struct det_pool pool; /* as forward; average_pool does not read in, out */
    struct det_tensor gradient; /* of out */
    struct det_gradient in_gradient;
};

struct det_spatial_mean_backward {
    struct det_tensor gradient; /* of out */
    struct det_gradient in_gradient;
};

struct det_upsample_add_backward {
    struct det_tensor gradient; /* of out, [N, H, W, C] */
    struct det_gradient coarse; /* [N, h, w, C] */
};

struct det_select_channel_backward {
    struct det_tensor in;                   /* [R, H, W, C] */
    struct det_tensor gradient;             /* of out, [R, H, W, 1] */
    const float *weight;                    /* [K, C, 1, 1] */
    const int32_t *channel;                 /* [R] */
    int32_t num_channels;                   /* K */
    float *weight_gradient, *bias_gradient; /* [K, C], [K] */
    struct det_gradient in_gradient;
};

struct det_roi_features_backward {
    struct det_roi_features roi; /* as forward; out is not read, and the maps
                                    only by RoIPool */
    struct det_tensor gradient;  /* of out */
    struct det_gradient maps[DET_MAX_LEVELS];
};

struct det_roi_warp_backward {
    struct det_roi_warp warp;   /* as forward; out is not read, and the map only
                                   where the boxes' gradient is wanted */
    struct det_tensor gradient; /* of out */
    struct det_gradient map, boxes;
};

struct det_mask_resize_backward {
    struct det_mask_resize resize; /* the data of in and out is not read */
    struct det_tensor gradient;    /* of out */
    struct det_gradient in_gradient;
};

struct det_mask_pooling_backward {
    struct det_mask_pooling pooling; /* the data of out is not read */
    struct det_tensor gradient;      /* of out */
    struct det_gradient features, mask;
};

struct det_sigmoid_map_backward {
    struct det_sigmoid_map map; /* as forward; the data of in is not read */
    struct det_tensor gradient; /* of out */
    struct det_gradient in_gradient;
};

struct det_gather_backward {
    struct det_gather gather;   /* as forward; the data of in is not read */
    struct det_tensor gradient; /* of out */
    struct det_gradient in_gradient;
};

struct det_concat_backward {
    int32_t first_channels;            /* A */
    struct det_tensor gradient;        /* of out */
    struct det_gradient first, second; /* of the inputs */
};

struct det_subsample_backward {
    struct det_subsample subsample; /* the data of in and out is not read */
    struct det_tensor gradient;     /* of out */
    struct det_gradient in_gradient;
};

/* Losses: *loss is added to, which is done after the next wait, even of a step
 * that failed, and gradient += gradient_scale * d(sum of the terms), where
 * compute/loss.h sets gradient_scale: scale, times what the tape scales losses
 * by.  Values are floats. */

/* Terms -log softmax(logits of row r)[label[r]]; rows with label -1 have
 * none. */
struct det_softmax_loss {
    struct det_tensor logits; /* [R, 1, 1, K] */
    const int32_t *label;     /* [R], -1 .. K-1 */
    float scale, gradient_scale;
    struct det_gradient gradient;
    double *loss; /* scale * sum of the terms is added */
};

/* Terms of a binary cross-entropy between sigmoid(logit) and target, of
 * `count` of the logits. */
struct det_sigmoid_loss {
    struct det_tensor logits;
    const int64_t *at;   /* [count] places in logits; NULL: all of them */
    const float *target; /* [count], 0..1 */
    int64_t count;
    float scale, gradient_scale;
    struct det_gradient gradient;
    double *loss;
};

/* Terms smooth_l1(value - target): x^2 / (2 beta) for |x| < beta, |x| - beta/2
 * otherwise (Girshick 2015, equation 3).  A beta below 1e-5 is |x|, as in
 * Detectron2's (fvcore's) smooth_l1_loss. */
struct det_smooth_l1_loss {
    struct det_tensor values;
    const int64_t *at;   /* [count] first of 4 values, each */
    const float *target; /* [count, 4] */
    int64_t count;
    float beta;
    float scale, gradient_scale;
    struct det_gradient gradient;
    double *loss;
};

/* One step of SGD for all arrays of a network: momentum = keep * momentum +
 * (scale * gradient + decay * value); value -= rate * momentum, or nesterov's.
 */
struct det_sgd_array {
    float *value, *momentum; /* [count] */
    const float *gradient;
    int64_t count;
    float rate, decay;
};

struct det_sgd_update {
    const struct det_sgd_array *arrays; /* [num_arrays], of the host; no two
                                           share memory that is changed */
    int32_t num_arrays;
    float keep, scale;
    bool nesterov;
};

/* averages += part * (values - averages) */
struct det_average {
    float *averages; /* [count] */
    const float *values;
    int64_t count;
    float part;
};

enum det_resize_kind {
    DET_RESIZE_TORCH,  /* floats, half-pixel centres, no antialiasing */
    DET_RESIZE_PILLOW, /* uint8, triangle filter, antialiased, 2 passes */
    DET_RESIZE_OPENCV  /* floats, half-pixel centres, fixed by OpenCV's rules */
};

/* Photo to network input: resize, reorder, (x - mean) / std, zero padding
 * right and below. */
struct det_resize {
    enum det_resize_kind kind;
    det_pixels pixels;
    int32_t resized_h, resized_w; /* without padding */
    double factor; /* of OpenCV: its fx and fy, output pixels per photo pixel;
                      0: the sides' ratio, as when it is given the size */
    bool bgr;      /* channel order of out */
    float unit;    /* pixels are divided by this: 255 or 1 */
    float mean[3], std[3]; /* in out's channel order */
    bool mirrored;         /* left and right, after resizing */
    struct det_tensor out; /* [1, H, W, 3], of elements that the caller says */
};

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

    /* compute/recording.h.  A device that records sets compute->playing when
     * it begins to play; `playing` is what it was then. */
    det_status (*record_begin)(struct det_compute *compute, const void *name,
                               size_t size);
    det_status (*record_end)(struct det_compute *compute, bool playing);
    bool (*record_drop)(struct det_compute *compute);

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
