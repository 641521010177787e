/* SPDX-License-Identifier: MIT */
#include "backbone/backbone.h"

#include <stdio.h>

/* Stages that run over the whole image. */
static int shared_stages(const struct det_backbone *backbone)
{
    return backbone->kind == DET_BACKBONE_C4 ? 3 : backbone->resnet.num_stages;
}

det_status det_backbone_init(struct det_backbone *backbone,
                             const struct det_backbone_config *config,
                             struct det_message *message)
{
    *backbone = (struct det_backbone){.kind = config->kind};
    if (config->kind == DET_BACKBONE_VGG16) {
        det_vgg_init(&backbone->vgg, &config->vgg);
        return DET_OK;
    }
    DET_TRY(det_resnet_init(&backbone->resnet, &config->resnet, message));
    struct det_fpn_config fpn = {.out_channels = config->fpn_channels,
                                 .norm = config->fpn_norm,
                                 .norm_eps = config->resnet.norm_eps};
    for (int i = 0; i < DET_FPN_INPUTS; i++)
        fpn.in_channels[i] = backbone->resnet.stages[i].out_channels;
    if (config->kind == DET_BACKBONE_FPN)
        det_fpn_init(&backbone->fpn, &fpn);
    return DET_OK;
}

void det_backbone_destroy(struct det_backbone *backbone)
{
    det_resnet_destroy(&backbone->resnet);
}

int32_t det_backbone_out_channels(const struct det_backbone *backbone)
{
    if (backbone->kind == DET_BACKBONE_VGG16)
        return det_vgg_out_channels(&backbone->vgg);
    if (backbone->kind == DET_BACKBONE_FPN)
        return backbone->fpn.output[0].shape.out_channels;
    return backbone->resnet.stages[shared_stages(backbone) - 1].out_channels;
}

det_status det_backbone_visit_layers(struct det_backbone *backbone,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor)
{
    char name[DET_NAME_SIZE];
    snprintf(name, sizeof name, "%sbody.", prefix);
    if (backbone->kind == DET_BACKBONE_VGG16)
        return det_vgg_visit_layers(&backbone->vgg, name, visitor);
    DET_TRY(det_resnet_visit_stem(&backbone->resnet, name, visitor));
    for (int i = 0; i < shared_stages(backbone); i++)
        DET_TRY(det_resnet_visit_stage(&backbone->resnet, i, name, visitor));
    if (backbone->kind != DET_BACKBONE_FPN)
        return DET_OK;
    snprintf(name, sizeof name, "%sfpn.", prefix);
    return det_fpn_visit_layers(&backbone->fpn, name, visitor);
}

static void use_single_map(struct det_feature_maps *out,
                           const struct det_tensor *map)
{
    out->count = 1;
    out->maps[0] = *map;
    out->strides[0] = 16;
}

static det_status forward_single_map(struct det_compute *compute,
                                     const struct det_backbone *backbone,
                                     struct det_feature_maps *out,
                                     struct det_tensor *x)
{
    for (int i = 0; i < shared_stages(backbone); i++) {
        struct det_tensor y;
        DET_TRY(det_resnet_stage_forward_take(
            compute, &backbone->resnet.stages[i], &y, x));
        *x = y;
    }
    use_single_map(out, x);
    return DET_OK;
}

/* Every stage's output is kept for its lateral connection. */
static det_status forward_pyramid(struct det_compute *compute,
                                  const struct det_backbone *backbone,
                                  struct det_feature_maps *out,
                                  struct det_tensor *x)
{
    const struct det_resnet_stage *stages = backbone->resnet.stages;
    DET_TRY(
        det_resnet_stage_forward_take(compute, &stages[0], &out->maps[0], x));
    for (int i = 1; i < DET_RESNET_STAGES; i++)
        DET_TRY(det_resnet_stage_forward(compute, &stages[i], &out->maps[i],
                                         &out->maps[i - 1]));
    DET_TRY(det_fpn_forward(compute, &backbone->fpn, out->maps));
    out->count = DET_FPN_OUTPUTS;
    for (int i = 0; i < out->count; i++)
        out->strides[i] = 4 << i;
    return DET_OK;
}

det_status det_backbone_forward(struct det_compute *compute,
                                const struct det_backbone *backbone,
                                struct det_feature_maps *out,
                                struct det_tensor *image)
{
    struct det_tensor x;
    *out = (struct det_feature_maps){0};
    if (backbone->kind == DET_BACKBONE_VGG16) {
        DET_TRY(det_vgg_forward(compute, &backbone->vgg, &x, image));
        use_single_map(out, &x);
        return DET_OK;
    }
    DET_TRY(det_resnet_stem_forward(compute, &backbone->resnet, &x, image));
    return backbone->kind == DET_BACKBONE_FPN
               ? forward_pyramid(compute, backbone, out, &x)
               : forward_single_map(compute, backbone, out, &x);
}

void det_feature_maps_give(struct det_compute *compute,
                           struct det_feature_maps *features)
{
    for (int i = 0; i < features->count; i++)
        det_tensor_give(compute, &features->maps[i]);
    features->count = 0;
}
