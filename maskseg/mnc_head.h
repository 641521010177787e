/* SPDX-License-Identifier: MIT */
/*
 * The head of multi-task network cascades (Dai, He and Sun 2016, section 3;
 * MNC models/VGG16/mnc_5stage): from RoIs of a map to one mask each, which no
 * class has a say in, and from masked features to the class.
 *
 *   RoIs -> warped features, 14 x 14
 *     -> fc, fc, sigmoid: the mask, 21 x 21                      (stage 2)
 *     features, and features times mask, each -> 7 x 7 -> fc, fc
 *     -> joined -> scores of the box, scores of the mask, deltas (stage 3)
 *
 * Stages 4 and 5 are the same layers on the RoIs that the deltas make
 * (roi/stage_bridge.h).
 *
 * On a C4 network each of the two goes through conv5_x in the place of pooling
 * and fc, fc.
 */
#ifndef MASKSEG_MNC_HEAD_H
#define MASKSEG_MNC_HEAD_H

#include "compute/conv_layer.h"

enum { DET_MNC_SIDE = 14 }; /* of the features; pooled to half of it */

/* What the class is told from. */
enum det_mnc_pathway { DET_MNC_MASKED, DET_MNC_BOX };

struct det_mnc_head {
    int32_t mask_side;
    struct det_conv_layer mask_fc, mask_predictor;
    bool has_fcs;                    /* else the caller's conv5_x */
    struct det_conv_layer fcs[2][2]; /* of each pathway */
    struct det_conv_layer scores, mask_scores, deltas;
};

struct det_mnc_head_config {
    int32_t in_channels;
    int32_t mask_channels; /* 256 */
    int32_t mask_side;     /* 21 */
    bool has_fcs;
    int32_t vector_channels;   /* of a pathway: 4096; with conv5_x its own */
    int32_t num_scores;        /* classes and background */
    int32_t num_delta_classes; /* with or without background, or 1 */
};

void det_mnc_head_init(struct det_mnc_head *head,
                       const struct det_mnc_head_config *config);

/* Names, in the source's order of fc6_maskest, mask_pred, fc6, fc7, fc6_mask,
 * fc7_mask, cls_score, seg_cls_score, bbox_pred: <prefix>mask_head.fc6,
 * mask_head.mask_pred, box_head.fc6, box_head.fc7, masked_head.fc6,
 * masked_head.fc7, box_predictor.cls_score, mask_predictor.cls_score,
 * box_predictor.bbox_pred. */
det_status det_mnc_head_visit_layers(struct det_mnc_head *head,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor);

enum det_mnc_warp {
    DET_MNC_WARP_POOLED, /* warped to 28 x 28, then 2 x 2 maxima */
    DET_MNC_WARP_DIRECT  /* warped to 14 x 14: the source's stages 4 and 5 in
                            inference, though not in training */
};

/* [R, 14, 14, C] of the RoIs of rois->boxes, see det_roi_warping; rois->out is
 * not used. */
det_status det_mnc_head_features(struct det_compute *compute,
                                 struct det_tensor *out,
                                 const struct det_roi_warp *rois,
                                 enum det_mnc_warp warp);

/* Stage 2: logits of the masks, [R, 21, 21, 1]. */
det_status det_mnc_head_masks(struct det_compute *compute,
                              const struct det_mnc_head *head,
                              struct det_tensor *logits,
                              const struct det_tensor *features);

struct det_mnc_classes {
    struct det_tensor masks;       /* [R, 21, 21, 1], 0..1 */
    struct det_tensor scores;      /* [R, 1, 1, K] of the box, logits */
    struct det_tensor mask_scores; /* [R, 1, 1, K] of the mask, logits */
    struct det_tensor deltas;      /* [R, 1, 1, 4 D] */
};

/* The layers of both pathways where the head has none of its own:
 * [R, 14, 14, C] -> [R, 1, 1, vector_channels]; `features` goes back to the
 * arena. */
struct det_mnc_conv5 {
    det_status (*run)(struct det_compute *compute, const void *user,
                      struct det_tensor *out, struct det_tensor *features);
    const void *user;
};

/* Stage 3; conv5->run is NULL where the head has_fcs.  The gradient of these
 * outputs goes on into the mask's logits where live[r] is not 0 (in the source:
 * where the mask is that of an object); `live`, a block of the arena, is read
 * in the backward only, NULL: everywhere. `features` goes back to the arena,
 * the logits stay the caller's. */
det_status det_mnc_head_classes(struct det_compute *compute,
                                const struct det_mnc_head *head,
                                const struct det_mnc_conv5 *conv5,
                                struct det_mnc_classes *out,
                                struct det_tensor *features,
                                const struct det_tensor *mask_logits,
                                const int32_t *live);

void det_mnc_classes_give(struct det_compute *compute,
                          struct det_mnc_classes *classes);

#endif
