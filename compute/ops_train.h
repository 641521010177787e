/* SPDX-License-Identifier: MIT */
/*
 * Arguments of the operators that train a network (see compute/ops.h).
 *
 * Gradients of parameters are added to; those of tensors are written, or added
 * to where det_gradient says so, or not wanted where it has no data.  All
 * functions give the same bits for the same thread count.
 */
#ifndef COMPUTE_OPS_TRAIN_H
#define COMPUTE_OPS_TRAIN_H

#include "compute/gradient.h"
#include "compute/ops_forward.h"

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

#endif
