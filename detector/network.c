/* SPDX-License-Identifier: MIT */
#include "detector/network.h"

enum {
    FPN_SIDE = 7,
    C4_SIDE = 14,
    MASK_SIDE = 14,
    CASCADE_MASK_SIDE = 21,
    RATIOS = 3,
    SIZES = DET_MAX_LEVELS, /* 32 to 512 */
    CAFFE_SIZES = 3,        /* 128 to 512 */
    LOCALIZER_SIZES = 3     /* 64 to 256 */
};

/* --------------------------------------------------------------------- init */

/* Sizes of a map that has them all; the largest is always the same. */
static int32_t single_map_sizes(const struct det_network_config *config)
{
    if (config->architecture->kind == DET_MODEL_LOCALIZER)
        return LOCALIZER_SIZES;
    if (!config->architecture->anchors_of_file)
        return SIZES;
    return config->num_anchors ? config->num_anchors / RATIOS : CAFFE_SIZES;
}

/* FPN: one size per level; else all sizes on the one map.  Sources:
 * torchvision faster_rcnn.py _default_anchorgen, Detectron2 Base-RCNN-*,
 * py-faster-rcnn generate_anchors.py and models/coco's anchor_scales. */
static void init_anchors(struct det_network *network,
                         const struct det_network_config *network_config)
{
    const struct det_preset *preset = network_config->preset;
    const int32_t smallest = network_config->architecture->smallest_anchor;
    const bool pyramid = network->backbone.kind == DET_BACKBONE_FPN;
    const bool detects = det_architecture_detects(network->architecture);
    const int32_t sizes = pyramid ? 1 : single_map_sizes(network_config);
    const int32_t most = detects ? SIZES : LOCALIZER_SIZES;
    network->num_anchor_levels = pyramid ? DET_MAX_LEVELS : 1;
    for (int i = 0; i < network->num_anchor_levels; i++) {
        const int32_t largest = smallest << (pyramid ? i : most - 1);
        const int32_t stride = pyramid ? 4 << i : detects ? 16 : 32;
        struct det_anchor_config config = {.num_sizes = sizes,
                                           .num_ratios = RATIOS,
                                           .ratios = {0.5f, 1.0f, 2.0f},
                                           .rule = preset->anchor_rule,
                                           .base = (float)stride};
        for (int32_t k = 0; k < sizes; k++)
            config.sizes[k] = (float)(largest >> (sizes - 1 - k));
        det_cell_anchors_init(&network->anchors[i], &config,
                              preset->anchor_order);
    }
}

static int32_t conv5_channels(const struct det_network *network)
{
    return network->backbone.resnet.stages[DET_RESNET_CONV5].out_channels;
}

static void init_rpn(struct det_network *network, int32_t classes)
{
    det_rpn_head_init(
        &network->rpn_head,
        &(struct det_rpn_head_config){
            .in_channels = det_backbone_out_channels(&network->backbone),
            .channels = network->architecture->rpn_channels,
            .num_anchors = classes * network->anchors[0].count,
            .num_convs = network->architecture->rpn_convs});
}

static void init_cascade(struct det_network *network,
                         const struct det_network_config *config)
{
    const struct det_architecture *a = config->architecture;
    const bool c4 = a->backbone == DET_BACKBONE_C4;
    det_mnc_head_init(
        &network->mnc_head,
        &(struct det_mnc_head_config){
            .in_channels = det_backbone_out_channels(&network->backbone),
            .mask_channels = a->mask_channels,
            .mask_side = CASCADE_MASK_SIDE,
            .has_fcs = !c4,
            .vector_channels = c4 ? conv5_channels(network) : a->box_channels,
            .num_scores = config->num_scores,
            .num_delta_classes = config->num_delta_classes});
}

static void init_heads(struct det_network *network,
                       const struct det_network_config *config)
{
    const struct det_architecture *a = config->architecture;
    const bool c4 = a->backbone == DET_BACKBONE_C4;
    const int32_t maps = det_backbone_out_channels(&network->backbone);
    const int32_t pooled = c4 ? conv5_channels(network) : maps;
    network->box_side = c4 ? C4_SIDE : FPN_SIDE;
    network->mask_side = MASK_SIDE;
    network->context = config->context;
    det_box_head_init(&network->box_head, &(struct det_box_head_config){
                                              .kind = a->box_head,
                                              .in_channels = pooled,
                                              .side = network->box_side,
                                              .fc_channels = a->box_channels,
                                              .norm_eps = config->norm_eps});
    det_box_predictor_init(&network->box_predictor,
                           &(struct det_box_predictor_config){
                               .in_channels = (config->context ? 2 : 1) *
                                              network->box_head.out_channels,
                               .num_scores = config->num_scores,
                               .num_delta_classes = config->num_delta_classes});
    if (a->masks)
        det_mask_head_init(
            &network->mask_head,
            &(struct det_mask_head_config){
                .in_channels = pooled,
                .channels = a->mask_channels,
                .num_convs = a->mask_convs,
                .norm = a->norm_in_heads,
                .norm_eps = config->norm_eps,
                .num_classes = config->preset->background_has_deltas
                                   ? config->num_scores
                                   : config->num_scores - 1});
}

/* What looks at squares: classifier, localizer, rescorer. */
static void init_of_square(struct det_network *network,
                           const struct det_network_config *config)
{
    const int32_t maps = det_backbone_out_channels(&network->backbone);
    if (network->architecture->kind == DET_MODEL_LOCALIZER) {
        init_anchors(network, config);
        init_rpn(network, config->num_scores);
    } else if (network->architecture->kind == DET_MODEL_RESCORER) {
        det_box_predictor_init(&network->box_predictor,
                               &(struct det_box_predictor_config){
                                   .in_channels = maps,
                                   .num_scores = config->num_scores,
                                   .num_delta_classes = config->num_scores});
    } else {
        det_conv_layer_init(
            &network->fc,
            &(struct det_conv_config){.kind = DET_CONV_LINEAR,
                                      .in_channels = maps,
                                      .out_channels = config->num_scores,
                                      .bias = true,
                                      .predicts = true});
    }
}

det_status det_network_init(struct det_network *network,
                            const struct det_network_config *config,
                            struct det_message *message)
{
    const struct det_architecture *a = config->architecture;
    const bool detects = det_architecture_detects(a);
    *network = (struct det_network){.architecture = a};
    DET_TRY(det_backbone_init(
        &network->backbone,
        &(struct det_backbone_config){
            .kind = a->backbone,
            .resnet = {.depth = a->depth,
                       .groups = a->groups,
                       .width_per_group = a->width_per_group,
                       .stem_channels = a->stem_channels,
                       .stride_in_1x1 = a->stride_in_1x1,
                       .shortcuts = a->shortcuts,
                       .stem_pool = config->preset->stem_pool,
                       .dilated_conv5 =
                           a->backbone == DET_BACKBONE_DC5 && detects,
                       .norm_eps = config->norm_eps},
            .fpn_channels = a->fpn_channels,
            .fpn_norm = a->norm_in_heads,
            .vgg = {.channels = a->stem_channels,
                    .fc_channels = detects ? 0 : a->box_channels}},
        message));
    network->num_scores = config->num_scores;
    network->num_delta_classes = config->num_delta_classes;
    if (!detects) {
        init_of_square(network, config);
        return DET_OK;
    }
    init_anchors(network, config);
    init_rpn(network, 1);
    if (!a->cascade) {
        init_heads(network, config);
        return DET_OK;
    }
    if (config->context)
        return det_fail(message, DET_ERROR_MODEL,
                        "global context is not a part of %s", a->name);
    init_cascade(network, config);
    return DET_OK;
}

void det_network_destroy(struct det_network *network)
{
    det_backbone_destroy(&network->backbone);
}

/* ----------------------------------------------------------------- visiting */

det_status det_network_visit_layers(struct det_network *network,
                                    const struct det_layer_visitor *visitor)
{
    const struct det_architecture *a = network->architecture;
    DET_TRY(
        det_backbone_visit_layers(&network->backbone, "backbone.", visitor));
    if (a->kind == DET_MODEL_CLASSIFIER)
        return det_visit_layer(visitor, &network->fc, "", "fc", NULL);
    if (a->kind != DET_MODEL_RESCORER)
        DET_TRY(det_rpn_head_visit_layers(&network->rpn_head, "rpn.head.",
                                          visitor));
    if (a->kind == DET_MODEL_LOCALIZER)
        return DET_OK;
    if (a->kind == DET_MODEL_RESCORER)
        return det_box_predictor_visit_layers(
            &network->box_predictor, "roi_heads.box_predictor.", visitor);
    if (a->backbone == DET_BACKBONE_C4)
        DET_TRY(det_resnet_visit_stage(&network->backbone.resnet,
                                       DET_RESNET_CONV5, "roi_heads.box_head.",
                                       visitor));
    if (a->cascade)
        return det_mnc_head_visit_layers(&network->mnc_head, "roi_heads.",
                                         visitor);
    DET_TRY(det_box_head_visit_layers(&network->box_head, "roi_heads.box_head.",
                                      visitor));
    DET_TRY(det_box_predictor_visit_layers(
        &network->box_predictor, "roi_heads.box_predictor.", visitor));
    if (!a->masks)
        return DET_OK;
    return det_mask_head_visit_layers(&network->mask_head, "roi_heads.",
                                      visitor);
}

struct parameter_visit {
    det_parameter_fn visit;
    void *user;
};

static det_status visit_layer_parameters(void *user,
                                         const struct det_layer_names *names,
                                         struct det_conv_layer *layer)
{
    const struct parameter_visit *v = user;
    return det_conv_layer_visit(layer, names->conv, names->norm, v->visit,
                                v->user);
}

det_status det_network_visit_parameters(struct det_network *network,
                                        det_parameter_fn visit, void *user)
{
    struct parameter_visit v = {visit, user};
    const struct det_layer_visitor visitor = {visit_layer_parameters, &v};
    return det_network_visit_layers(network, &visitor);
}
