/* SPDX-License-Identifier: MIT */
#include "maskseg/mnc_head.h"

#include "compute/activation.h"
#include "compute/concat.h"
#include "compute/mask_pooling.h"
#include "compute/mask_resize.h"
#include "compute/pool.h"
#include "compute/roi_warp.h"

/* Hidden layers have a ReLU, predictors have none. */
static void init_fc(struct det_conv_layer *layer, int32_t in_channels,
                    int32_t side, int32_t out_channels, bool predicts)
{
    det_conv_layer_init(layer,
                        &(struct det_conv_config){.kind = DET_CONV_LINEAR,
                                                  .in_channels = in_channels,
                                                  .out_channels = out_channels,
                                                  .kernel = side,
                                                  .bias = true,
                                                  .relu = !predicts,
                                                  .predicts = predicts});
}

void det_mnc_head_init(struct det_mnc_head *head,
                       const struct det_mnc_head_config *config)
{
    const int32_t side = config->mask_side, vector = config->vector_channels;
    *head =
        (struct det_mnc_head){.mask_side = side, .has_fcs = config->has_fcs};
    init_fc(&head->mask_fc, config->in_channels, DET_MNC_SIDE,
            config->mask_channels, false);
    init_fc(&head->mask_predictor, config->mask_channels, 1, side * side, true);
    for (int i = 0; config->has_fcs && i < 2; i++) {
        init_fc(&head->fcs[i][0], config->in_channels, DET_MNC_SIDE / 2, vector,
                false);
        init_fc(&head->fcs[i][1], vector, 1, vector, false);
    }
    init_fc(&head->scores, 2 * vector, 1, config->num_scores, true);
    init_fc(&head->mask_scores, 2 * vector, 1, config->num_scores, true);
    init_fc(&head->deltas, 2 * vector, 1, 4 * config->num_delta_classes, true);
}

det_status det_mnc_head_visit_layers(struct det_mnc_head *head,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor)
{
    const struct {
        struct det_conv_layer *layer;
        const char *name;
        bool is_fc;
    } layers[] = {{&head->mask_fc, "mask_head.fc6", false},
                  {&head->mask_predictor, "mask_head.mask_pred", false},
                  {&head->fcs[DET_MNC_BOX][0], "box_head.fc6", true},
                  {&head->fcs[DET_MNC_BOX][1], "box_head.fc7", true},
                  {&head->fcs[DET_MNC_MASKED][0], "masked_head.fc6", true},
                  {&head->fcs[DET_MNC_MASKED][1], "masked_head.fc7", true},
                  {&head->scores, "box_predictor.cls_score", false},
                  {&head->mask_scores, "mask_predictor.cls_score", false},
                  {&head->deltas, "box_predictor.bbox_pred", false}};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (head->has_fcs || !layers[i].is_fc)
            DET_TRY(det_visit_layer(visitor, layers[i].layer, prefix,
                                    layers[i].name, NULL));
    return DET_OK;
}

/* ----------------------------------------------------------------- features */

/* Maxima of 2 x 2; `in` goes back to the arena. */
static det_status halve(struct det_compute *compute, struct det_tensor *out,
                        struct det_tensor *in)
{
    struct det_pool op = {.in = *in, .kernel = 2, .stride = 2};
    DET_TRY(det_max_pool(compute, &op));
    det_tensor_give(compute, in);
    *out = op.out;
    return DET_OK;
}

det_status det_mnc_head_features(struct det_compute *compute,
                                 struct det_tensor *out,
                                 const struct det_roi_warp *rois,
                                 enum det_mnc_warp warp)
{
    struct det_roi_warp op = *rois;
    const bool direct = warp == DET_MNC_WARP_DIRECT;
    DET_TRY(det_roi_warping(compute, &op,
                            direct ? DET_MNC_SIDE : 2 * DET_MNC_SIDE));
    if (!direct)
        return halve(compute, out, &op.out);
    *out = op.out;
    return DET_OK;
}

/* ------------------------------------------------------------------- stages */

det_status det_mnc_head_masks(struct det_compute *compute,
                              const struct det_mnc_head *head,
                              struct det_tensor *logits,
                              const struct det_tensor *features)
{
    const int32_t side = head->mask_side;
    struct det_tensor hidden, vectors;
    DET_TRY(det_conv_layer_forward(compute, &head->mask_fc, &hidden, features,
                                   NULL));
    DET_TRY(det_conv_layer_forward_take(compute, &head->mask_predictor,
                                        &vectors, &hidden));
    *logits = det_tensor_view(&vectors, side, side, 1);
    return DET_OK;
}

/* The features of the masks' places; `masks` stays the caller's. */
static det_status mask_features(struct det_compute *compute,
                                struct det_tensor *out,
                                const struct det_tensor *features,
                                const struct det_tensor *masks)
{
    struct det_mask_resize resize = {.in = *masks};
    DET_TRY(det_mask_resizing(compute, &resize, DET_MNC_SIDE, DET_MNC_SIDE));
    struct det_mask_pooling pooling = {.features = *features,
                                       .mask = resize.out};
    DET_TRY(det_mask_pool(compute, &pooling));
    det_tensor_give(compute, &resize.out);
    *out = pooling.out;
    return DET_OK;
}

/* [R, 14, 14, C] -> [R, 1, 1, K]; `features` goes back to the arena. */
static det_status
vectors_of(struct det_compute *compute, const struct det_mnc_head *head,
           const struct det_mnc_conv5 *conv5, enum det_mnc_pathway pathway,
           struct det_tensor *out, struct det_tensor *features)
{
    const struct det_conv_layer *fcs = head->fcs[pathway];
    struct det_tensor pooled, hidden;
    if (!head->has_fcs)
        return conv5->run(compute, conv5->user, out, features);
    DET_TRY(halve(compute, &pooled, features));
    DET_TRY(det_conv_layer_forward_take(compute, &fcs[0], &hidden, &pooled));
    return det_conv_layer_forward_take(compute, &fcs[1], out, &hidden);
}

/* The masked features come first, as in the source. */
static det_status
join_features(struct det_compute *compute, const struct det_mnc_head *head,
              const struct det_mnc_conv5 *conv5, struct det_tensor *out,
              struct det_tensor *features, const struct det_tensor *masks)
{
    struct det_tensor masked;
    struct det_concat op;
    DET_TRY(mask_features(compute, &masked, features, masks));
    DET_TRY(
        vectors_of(compute, head, conv5, DET_MNC_MASKED, &op.first, &masked));
    DET_TRY(
        vectors_of(compute, head, conv5, DET_MNC_BOX, &op.second, features));
    DET_TRY(det_concat_channels(compute, &op));
    det_tensor_give(compute, &op.first);
    det_tensor_give(compute, &op.second);
    *out = op.out;
    return DET_OK;
}

det_status det_mnc_head_classes(struct det_compute *compute,
                                const struct det_mnc_head *head,
                                const struct det_mnc_conv5 *conv5,
                                struct det_mnc_classes *out,
                                struct det_tensor *features,
                                const struct det_tensor *mask_logits,
                                const int32_t *live)
{
    struct det_sigmoid_map sigmoid = {.in = *mask_logits, .live = live};
    struct det_tensor joined;
    DET_TRY(det_sigmoid_out(compute, &sigmoid));
    out->masks = sigmoid.out;
    DET_TRY(
        join_features(compute, head, conv5, &joined, features, &out->masks));
    DET_TRY(det_conv_layer_forward(compute, &head->scores, &out->scores,
                                   &joined, NULL));
    DET_TRY(det_conv_layer_forward(compute, &head->mask_scores,
                                   &out->mask_scores, &joined, NULL));
    return det_conv_layer_forward_take(compute, &head->deltas, &out->deltas,
                                       &joined);
}

void det_mnc_classes_give(struct det_compute *compute,
                          struct det_mnc_classes *classes)
{
    det_tensor_give(compute, &classes->masks);
    det_tensor_give(compute, &classes->scores);
    det_tensor_give(compute, &classes->mask_scores);
    det_tensor_give(compute, &classes->deltas);
}
