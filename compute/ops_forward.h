/* SPDX-License-Identifier: MIT */
/* Arguments of the operators that run a network (see compute/ops.h). */
#ifndef COMPUTE_OPS_FORWARD_H
#define COMPUTE_OPS_FORWARD_H

#include <stdbool.h>

#include "compute/candidates.h"
#include "compute/compute.h"
#include "detect/detect.h"
#include "geometry/anchor_grid.h"
#include "geometry/box.h"
#include "geometry/box_delta.h"
#include "geometry/box_reading.h"
#include "geometry/nms.h"
#include "geometry/paste_axis.h"

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

#endif
