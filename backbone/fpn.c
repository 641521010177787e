/* SPDX-License-Identifier: MIT */
#include "backbone/fpn.h"

#include <stdio.h>

#include "compute/pool.h"
#include "compute/upsample_add.h"

void det_fpn_init(struct det_fpn *fpn, const struct det_fpn_config *config)
{
    for (int i = 0; i < DET_FPN_INPUTS; i++) {
        struct det_conv_config conv = {.in_channels = config->in_channels[i],
                                       .out_channels = config->out_channels,
                                       .bias = !config->norm,
                                       .norm = config->norm,
                                       .norm_eps = config->norm_eps};
        det_conv_layer_init(&fpn->lateral[i], &conv);
        conv.in_channels = config->out_channels;
        conv.kernel = 3;
        conv.pad = 1;
        det_conv_layer_init(&fpn->output[i], &conv);
    }
}

static det_status visit_row(struct det_conv_layer *layers, const char *prefix,
                            const char *blocks,
                            const struct det_layer_visitor *visitor)
{
    for (int i = 0; i < DET_FPN_INPUTS; i++) {
        char name[DET_NAME_SIZE];
        snprintf(name, sizeof name, "%s%s.%d.", prefix, blocks, i);
        DET_TRY(det_visit_layer(visitor, &layers[i], name, "0", "1"));
    }
    return DET_OK;
}

det_status det_fpn_visit_layers(struct det_fpn *fpn, const char *prefix,
                                const struct det_layer_visitor *visitor)
{
    DET_TRY(visit_row(fpn->lateral, prefix, "inner_blocks", visitor));
    return visit_row(fpn->output, prefix, "layer_blocks", visitor);
}

det_status det_fpn_forward(struct det_compute *compute,
                           const struct det_fpn *fpn,
                           struct det_tensor maps[DET_FPN_OUTPUTS])
{
    struct det_tensor top = {0}; /* the coarser level's merged map */
    for (int i = DET_FPN_INPUTS - 1; i >= 0; i--) {
        struct det_tensor merged;
        DET_TRY(det_conv_layer_forward_take(compute, &fpn->lateral[i], &merged,
                                            &maps[i]));
        if (top.data)
            DET_TRY(det_upsample_add(compute, &merged, &top));
        det_tensor_give(compute, &top);
        DET_TRY(det_conv_layer_forward(compute, &fpn->output[i], &maps[i],
                                       &merged, NULL));
        top = merged;
    }
    det_tensor_give(compute, &top);

    struct det_pool p6 = {
        .in = maps[DET_FPN_INPUTS - 1], .kernel = 1, .stride = 2};
    DET_TRY(det_max_pool(compute, &p6));
    maps[DET_FPN_INPUTS] = p6.out;
    return DET_OK;
}
