/* SPDX-License-Identifier: MIT */
#include "roi/box_head.h"

#include <stdio.h>

#include "compute/spatial_mean.h"

static void init_fc(struct det_conv_layer *layer, int32_t in_channels,
                    int32_t side, int32_t out_channels)
{
    det_conv_layer_init(layer,
                        &(struct det_conv_config){.kind = DET_CONV_LINEAR,
                                                  .in_channels = in_channels,
                                                  .out_channels = out_channels,
                                                  .kernel = side,
                                                  .bias = true,
                                                  .relu = true});
}

static void init_convs(struct det_box_head *head,
                       const struct det_box_head_config *config)
{
    head->num_convs = DET_BOX_HEAD_CONVS;
    for (int i = 0; i < head->num_convs; i++)
        det_conv_layer_init(
            &head->convs[i],
            &(struct det_conv_config){.in_channels = config->in_channels,
                                      .out_channels = config->in_channels,
                                      .kernel = 3,
                                      .pad = 1,
                                      .norm = true,
                                      .norm_eps = config->norm_eps,
                                      .relu = true});
}

void det_box_head_init(struct det_box_head *head,
                       const struct det_box_head_config *config)
{
    *head = (struct det_box_head){.kind = config->kind,
                                  .out_channels = config->fc_channels};
    switch (config->kind) {
    case DET_BOX_HEAD_CONV5:
        head->out_channels = config->in_channels;
        break;
    case DET_BOX_HEAD_2FC:
        head->num_fcs = 2;
        init_fc(&head->fcs[0], config->in_channels, config->side,
                config->fc_channels);
        init_fc(&head->fcs[1], config->fc_channels, 1, config->fc_channels);
        break;
    case DET_BOX_HEAD_4CONV1FC:
        init_convs(head, config);
        head->num_fcs = 1;
        init_fc(&head->fcs[0], config->in_channels, config->side,
                config->fc_channels);
        break;
    }
}

det_status det_box_head_visit_layers(struct det_box_head *head,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor)
{
    for (int i = 0; i < head->num_convs; i++) {
        char name[DET_NAME_SIZE];
        snprintf(name, sizeof name, "%s%d.", prefix, i);
        DET_TRY(det_visit_layer(visitor, &head->convs[i], name, "0", "1"));
    }
    /* torchvision counts a Flatten as number 4. */
    const bool sequential = head->kind == DET_BOX_HEAD_4CONV1FC;
    static const char *const names[DET_BOX_HEAD_FCS] = {"fc6", "fc7"};
    for (int i = 0; i < head->num_fcs; i++)
        DET_TRY(det_visit_layer(visitor, &head->fcs[i], prefix,
                                sequential ? "5" : names[i], NULL));
    return DET_OK;
}

det_status det_box_head_forward(struct det_compute *compute,
                                const struct det_box_head *head,
                                struct det_tensor *out,
                                struct det_tensor *features)
{
    if (head->kind == DET_BOX_HEAD_CONV5) {
        DET_TRY(det_spatial_mean(compute, out, features));
        det_tensor_give(compute, features);
        return DET_OK;
    }
    struct det_tensor x = *features, y;
    for (int i = 0; i < head->num_convs + head->num_fcs; i++) {
        const struct det_conv_layer *layer =
            i < head->num_convs ? &head->convs[i]
                                : &head->fcs[i - head->num_convs];
        DET_TRY(det_conv_layer_forward_take(compute, layer, &y, &x));
        x = y;
    }
    *out = x;
    *features = (struct det_tensor){0};
    return DET_OK;
}
