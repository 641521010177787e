/* SPDX-License-Identifier: MIT */
/*
 * A convolution with what belongs to it: bias or batch norm, and ReLU.  Every
 * parameter of every network here lives in such a layer, so that loading,
 * checking and counting need one visitor.  Linear layers are convolutions
 * whose kernel covers their input.
 */
#ifndef COMPUTE_CONV_LAYER_H
#define COMPUTE_CONV_LAYER_H

#include "compute/ops.h"
#include "compute/parameter.h"

enum det_conv_kind {
    DET_CONV,           /* weight [K, C/groups, R, S] */
    DET_CONV_LINEAR,    /* weight [K, C * R * S], over [R, S, C] maps */
    DET_CONV_TRANSPOSED /* weight [C, K, 2, 2], stride 2 */
};

enum det_norm_mode {
    DET_NORM_FIXED, /* the statistics that the model has */
    DET_NORM_BATCH  /* those of the batch, while training */
};

/* Where DET_NORM_BATCH keeps averages for inference, as torch does:
 * mean += momentum * (batch's - mean), the variance unbiased. */
struct det_running_statistics {
    float *mean, *variance; /* [K]; NULL: none are kept */
    float momentum;
    int64_t *batches; /* how many they are the plain mean of, counted up, as
                         torch with a momentum of None; NULL: momentum */
};

struct det_conv_layer {
    enum det_conv_kind kind;
    struct det_conv_shape shape;
    bool has_bias;
    bool has_norm;  /* batch norm with fixed statistics */
    float norm_eps; /* added to the variance; 0: rounded as torchvision's
                       FrozenBatchNorm2d does */
    bool relu;
    bool predicts; /* boxes, scores or masks are read from its output, which is
                      floats whatever the maps are */

    struct det_parameter weight, bias;
    struct det_parameter norm_weight, norm_bias, norm_mean, norm_variance;

    enum det_norm_mode norm_mode; /* of training */
    struct det_running_statistics running;

    /* What det_conv_layer_prepare made of them.  While training, `packed` is
     * NULL where the weights change from step to step. */
    const float *packed;      /* the weights as the device wants them */
    const float *packed_bias; /* [K] of the output's elements, or NULL */
    struct det_conv_norm norm;
};

/* What a layer is made from; sides and strides of 0 mean 1. */
struct det_conv_config {
    enum det_conv_kind kind;
    int32_t in_channels, out_channels;
    int32_t kernel; /* square */
    int32_t stride, pad, dilation, groups;
    bool bias;
    bool norm;
    float norm_eps;
    bool relu;
    bool predicts;
};

void det_conv_layer_init(struct det_conv_layer *layer,
                         const struct det_conv_config *config);

/* Visits weight, bias, then the norm's weight, bias, running_mean and
 * running_var.  Names are "<conv>.weight", "<norm>.running_mean" and so on. */
det_status det_conv_layer_visit(struct det_conv_layer *layer, const char *conv,
                                const char *norm, det_parameter_fn visit,
                                void *user);

/* Floats of room that det_conv_layer_prepare needs, a multiple of 16. */
size_t det_conv_layer_prepared_count(const struct det_conv_layer *layer,
                                     const struct det_compute *compute);

/* Pack the parameters into `memory` as elements of the compute's kind; their
 * values may go afterwards. */
det_status det_conv_layer_prepare(struct det_compute *compute,
                                  struct det_conv_layer *layer, float *memory);

/* The norm alone, for training with fixed statistics: 2 * K floats, rounded
 * up to a multiple of 16 each; 0 without a norm. */
size_t det_conv_layer_norm_count(const struct det_conv_layer *layer);
void det_conv_layer_prepare_norm(struct det_conv_layer *layer, float *memory);

/* out (taken from the arena) = layer(in) (+ residual, when it is not NULL and
 * has data; it goes back to the arena, or is `out`; after a failure it stays
 * the caller's).  With a tape in the compute it is recorded, and weights that
 * are not packed are packed for this call. */
det_status det_conv_layer_forward(struct det_compute *compute,
                                  const struct det_conv_layer *layer,
                                  struct det_tensor *out,
                                  const struct det_tensor *in,
                                  struct det_tensor *residual);

/* The same, returning `in` to the arena as soon as it is not needed. */
det_status det_conv_layer_forward_take(struct det_compute *compute,
                                       const struct det_conv_layer *layer,
                                       struct det_tensor *out,
                                       struct det_tensor *in);

/* The layer's bare products and sums at every place of `in`: no stride, bias,
 * norm nor ReLU, which det_roi_features may add (for a 1x1 convolution without
 * a tape, whose weights are packed). */
det_status det_conv_layer_sums(struct det_compute *compute,
                               const struct det_conv_layer *layer,
                               struct det_tensor *out,
                               const struct det_tensor *in);

/* ------------------------------------------------------- visiting networks */

struct det_layer_names {
    const char *conv; /* full names; norm is "" where there is none */
    const char *norm;
};

/* What a module's ..._visit_layers calls for each of its layers, in order. */
struct det_layer_visitor {
    det_status (*visit)(void *user, const struct det_layer_names *names,
                        struct det_conv_layer *layer);
    void *user;
};

/* Visit one layer under "<prefix><conv>" and "<prefix><norm>"; norm may be
 * NULL. */
det_status det_visit_layer(const struct det_layer_visitor *visitor,
                           struct det_conv_layer *layer, const char *prefix,
                           const char *conv, const char *norm);

#endif
