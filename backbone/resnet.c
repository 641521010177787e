/* SPDX-License-Identifier: MIT */
#include "backbone/resnet.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { CIFAR_CHANNELS = 16, BOTTLENECK_EXPANSION = 4 };

static int32_t stem_channels(const struct det_resnet_row *row,
                             const struct det_resnet_config *config)
{
    return row->cifar ? CIFAR_CHANNELS : config->stem_channels;
}

static void init_stem(struct det_resnet *resnet,
                      const struct det_resnet_row *row,
                      const struct det_resnet_config *config)
{
    const int32_t side = row->cifar ? 3 : 7;
    resnet->pools = !row->cifar;
    resnet->pool = config->stem_pool;
    det_conv_layer_init(
        &resnet->conv1,
        &(struct det_conv_config){.in_channels = 3,
                                  .out_channels = stem_channels(row, config),
                                  .kernel = side,
                                  .stride = row->cifar ? 1 : 2,
                                  .pad = side / 2,
                                  .norm = true,
                                  .norm_eps = config->norm_eps,
                                  .relu = true});
}

static det_status init_stage(struct det_resnet *resnet, int index,
                             const struct det_resnet_row *row,
                             const struct det_resnet_config *config,
                             struct det_message *message)
{
    struct det_resnet_stage *stage = &resnet->stages[index];
    const int32_t planes = stem_channels(row, config) << index;
    const bool dilated = config->dilated_conv5 && index == 3;
    stage->out_channels =
        row->bottleneck ? planes * BOTTLENECK_EXPANSION : planes;
    int32_t in_channels = index == 0 ? stem_channels(row, config)
                                     : resnet->stages[index - 1].out_channels;
    DET_TRY(det_allocate(&stage->blocks, (size_t)row->blocks[index],
                         sizeof *stage->blocks, message));
    stage->num_blocks = row->blocks[index];
    for (int32_t i = 0; i < stage->num_blocks; i++) {
        det_residual_block_init(
            &stage->blocks[i],
            &(struct det_residual_block_config){
                .bottleneck = row->bottleneck,
                .in_channels = in_channels,
                .width = planes * config->width_per_group / 64 * config->groups,
                .out_channels = stage->out_channels,
                .stride = i == 0 && index > 0 && !dilated ? 2 : 1,
                .dilation = dilated ? 2 : 1,
                .groups = config->groups,
                .stride_in_1x1 = config->stride_in_1x1,
                .shortcuts = config->shortcuts,
                .norm_eps = config->norm_eps});
        in_channels = stage->out_channels;
    }
    return DET_OK;
}

det_status det_resnet_init(struct det_resnet *resnet,
                           const struct det_resnet_config *config,
                           struct det_message *message)
{
    *resnet = (struct det_resnet){0};
    const struct det_resnet_row *row = det_resnet_find(config->depth);
    if (!row)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "there is no ResNet-%d; known are 18, 34, 50, 101, 152 "
                        "and, for CIFAR-10, 20, 32, 44, 56, 110, 1202",
                        config->depth);
    init_stem(resnet, row, config);
    while (resnet->num_stages < DET_RESNET_STAGES &&
           row->blocks[resnet->num_stages] > 0) {
        const det_status status =
            init_stage(resnet, resnet->num_stages, row, config, message);
        if (status != DET_OK) {
            det_resnet_destroy(resnet);
            return status;
        }
        resnet->num_stages++;
    }
    return DET_OK;
}

void det_resnet_destroy(struct det_resnet *resnet)
{
    for (int i = 0; i < DET_RESNET_STAGES; i++)
        free(resnet->stages[i].blocks);
    *resnet = (struct det_resnet){0};
}

det_status det_resnet_visit_stem(struct det_resnet *resnet, const char *prefix,
                                 const struct det_layer_visitor *visitor)
{
    return det_visit_layer(visitor, &resnet->conv1, prefix, "conv1", "bn1");
}

det_status det_resnet_visit_stage(struct det_resnet *resnet, int index,
                                  const char *prefix,
                                  const struct det_layer_visitor *visitor)
{
    struct det_resnet_stage *stage = &resnet->stages[index];
    for (int32_t i = 0; i < stage->num_blocks; i++) {
        char name[DET_NAME_SIZE];
        snprintf(name, sizeof name, "%slayer%d.%d.", prefix, index + 1, i);
        DET_TRY(
            det_residual_block_visit_layers(&stage->blocks[i], name, visitor));
    }
    return DET_OK;
}

det_status det_resnet_stem_forward(struct det_compute *compute,
                                   const struct det_resnet *resnet,
                                   struct det_tensor *out,
                                   struct det_tensor *in)
{
    struct det_tensor x;
    DET_TRY(det_conv_layer_forward_take(compute, &resnet->conv1, &x, in));
    if (!resnet->pools) {
        *out = x;
        return DET_OK;
    }
    const bool padded = resnet->pool == DET_STEM_POOL_PADDED;
    struct det_pool pool = {.in = x,
                            .kernel = 3,
                            .stride = 2,
                            .pad = padded ? 1 : 0,
                            .rounding =
                                padded ? DET_POOL_FLOOR : DET_POOL_CEIL};
    DET_TRY(det_max_pool(compute, &pool));
    *out = pool.out;
    det_tensor_give(compute, &x);
    return DET_OK;
}

/* Blocks from `first` on; `x` goes back to the arena. */
static det_status forward_blocks(struct det_compute *compute,
                                 const struct det_resnet_stage *stage,
                                 int32_t first, struct det_tensor *out,
                                 struct det_tensor *x)
{
    *out = *x;
    for (int32_t i = first; i < stage->num_blocks; i++) {
        DET_TRY(det_residual_block_forward_take(compute, &stage->blocks[i], out,
                                                x));
        *x = *out;
    }
    return DET_OK;
}

det_status det_resnet_stage_forward(struct det_compute *compute,
                                    const struct det_resnet_stage *stage,
                                    struct det_tensor *out,
                                    const struct det_tensor *in)
{
    struct det_tensor x;
    DET_TRY(det_residual_block_forward(compute, &stage->blocks[0], &x, in));
    return forward_blocks(compute, stage, 1, out, &x);
}

det_status det_resnet_stage_forward_take(struct det_compute *compute,
                                         const struct det_resnet_stage *stage,
                                         struct det_tensor *out,
                                         struct det_tensor *in)
{
    DET_TRY(forward_blocks(compute, stage, 0, out, in));
    *in = (struct det_tensor){0};
    return DET_OK;
}

det_status det_resnet_stage_finish(struct det_compute *compute,
                                   const struct det_resnet_stage *stage,
                                   struct det_tensor *out,
                                   struct det_tensor *middle,
                                   struct det_tensor *shortcut)
{
    struct det_tensor x;
    DET_TRY(det_residual_block_end(compute, &stage->blocks[0], &x, middle,
                                   shortcut));
    return forward_blocks(compute, stage, 1, out, &x);
}
