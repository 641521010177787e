/* SPDX-License-Identifier: MIT */
/* Names: Detectron detectron/modeling/{ResNet,FPN,fast_rcnn_heads,
 * mask_rcnn_heads}.py. */
#include "detector/import_detectron.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const char *rest_of(const char *text, const char *prefix)
{
    const size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* -------------------------------------------------------------------- names */

static const struct {
    const char *from, *to; /* both before "_w", "_b" and ".weight", ".bias" */
} plain_layers[] = {
    {"conv1", "backbone.body.conv1"},
    {"conv_rpn_fpn2", "rpn.head.conv.0.0"},
    {"rpn_cls_logits_fpn2", "rpn.head.cls_logits"},
    {"rpn_bbox_pred_fpn2", "rpn.head.bbox_pred"},
    {"fc6", "roi_heads.box_head.fc6"},
    {"fc7", "roi_heads.box_head.fc7"},
    {"cls_score", "roi_heads.box_predictor.cls_score"},
    {"bbox_pred", "roi_heads.box_predictor.bbox_pred"},
    {"_[mask]_fcn1", "roi_heads.mask_head.0.0"},
    {"_[mask]_fcn2", "roi_heads.mask_head.1.0"},
    {"_[mask]_fcn3", "roi_heads.mask_head.2.0"},
    {"_[mask]_fcn4", "roi_heads.mask_head.3.0"},
    {"conv5_mask", "roi_heads.mask_predictor.conv5_mask"},
    {"mask_fcn_logits", "roi_heads.mask_predictor.mask_fcn_logits"},
    {"fc1000", "fc"},
};

/* What follows a layer's name, as torch has it; NULL for anything else. */
static const char *parameter_part(const char *suffix)
{
    if (strcmp(suffix, "_w") == 0)
        return ".weight";
    return strcmp(suffix, "_b") == 0 ? ".bias" : NULL;
}

static bool rename_plain(char out[DET_NAME_SIZE], const char *name)
{
    for (size_t i = 0; i < sizeof plain_layers / sizeof plain_layers[0]; i++) {
        const char *rest = rest_of(name, plain_layers[i].from);
        const char *part = rest ? parameter_part(rest) : NULL;
        if (!part)
            continue;
        snprintf(out, DET_NAME_SIZE, "%s%s", plain_layers[i].to, part);
        return true;
    }
    return false;
}

/* "fpn_inner_res4_22_sum_lateral_w", of the coarsest level without "lateral",
 * and "fpn_res4_22_sum_w" */
static bool rename_fpn(char out[DET_NAME_SIZE], const char *name)
{
    const char *inner = rest_of(name, "fpn_inner_");
    const char *rest = inner ? inner : rest_of(name, "fpn_");
    int stage, block, length = 0;
    if (!rest ||
        sscanf(rest, "res%1d_%2d_sum%n", &stage, &block, &length) != 2 ||
        length == 0 || stage < 2 || stage > 5)
        return false;
    rest += length;
    if (inner && rest_of(rest, "_lateral"))
        rest += strlen("_lateral");
    const char *part = parameter_part(rest);
    if (!part)
        return false;
    snprintf(out, DET_NAME_SIZE, "backbone.fpn.%s_blocks.%d.0%s",
             inner ? "inner" : "layer", stage - 2, part);
    return true;
}

/* "_w" of a convolution, "_bn_s" and "_bn_b" of the norm behind it. */
static bool rename_normed(char out[DET_NAME_SIZE], const char *suffix,
                          const char *conv, const char *norm)
{
    if (strcmp(suffix, "_w") == 0)
        snprintf(out, DET_NAME_SIZE, "backbone.body.%s.weight", conv);
    else if (strcmp(suffix, "_bn_s") == 0)
        snprintf(out, DET_NAME_SIZE, "backbone.body.%s.weight", norm);
    else if (strcmp(suffix, "_bn_b") == 0)
        snprintf(out, DET_NAME_SIZE, "backbone.body.%s.bias", norm);
    else
        return false;
    return true;
}

/* "res2_0_branch2a_bn_s" */
static bool rename_block(char out[DET_NAME_SIZE], const char *name)
{
    char conv[64], norm[64];
    int stage, block, length = 0;
    if (sscanf(name, "res%1d_%2d_branch%n", &stage, &block, &length) != 2 ||
        length == 0 || stage < 2 || stage > 5)
        return false;
    const char *branch = name + length;
    if (branch[0] == '1') {
        snprintf(conv, sizeof conv, "layer%d.%d.downsample.0", stage - 1,
                 block);
        snprintf(norm, sizeof norm, "layer%d.%d.downsample.1", stage - 1,
                 block);
        return rename_normed(out, branch + 1, conv, norm);
    }
    if (branch[0] != '2' || branch[1] < 'a' || branch[1] > 'c')
        return false;
    const int index = branch[1] - 'a' + 1;
    snprintf(conv, sizeof conv, "layer%d.%d.conv%d", stage - 1, block, index);
    snprintf(norm, sizeof norm, "layer%d.%d.bn%d", stage - 1, block, index);
    return rename_normed(out, branch + 2, conv, norm);
}

bool det_rename_detectron(char out[DET_NAME_SIZE], const char *name)
{
    /* conv1_b belongs to no layer, as in R-50.pkl. */
    if (ends_with(name, "_momentum") || strcmp(name, "conv1_b") == 0 ||
        strcmp(name, "lr") == 0)
        return false;
    const char *stem = rest_of(name, "res_conv1");
    if (rename_plain(out, name) || rename_fpn(out, name) ||
        rename_block(out, name) ||
        (stem && rename_normed(out, stem, "conv1", "bn1")))
        return true;
    snprintf(out, DET_NAME_SIZE, "%s", name);
    return true;
}

bool det_weights_are_detectron(const struct det_weights *weights)
{
    return det_weights_find(weights, "res_conv1_bn_s") != NULL;
}

/* ----------------------------------------------------------------- tensors */

/* "<norm><part>" of `count` times `value`; `name` is that of the norm's
 * weight. */
static det_status add_constant(struct det_weights *out, const char *name,
                               const char *part, size_t count, float value,
                               struct det_message *message)
{
    char text[DET_NAME_SIZE + 16];
    const int length = (int)(strlen(name) - strlen(".weight"));
    float *values;
    snprintf(text, sizeof text, "%.*s%s", length, name, part);
    DET_TRY(det_allocate(&values, count, sizeof *values, message));
    for (size_t i = 0; i < count; i++)
        values[i] = value;
    DET_TRY(det_weights_keep_block(out, values, message));
    struct det_weight weight = {.name = text,
                                .dtype = DET_DTYPE_F32,
                                .rank = 1,
                                .shape = {(int64_t)count},
                                .data = (const uint8_t *)values};
    det_weight_set_contiguous(&weight);
    return det_weights_add(out, &weight, message);
}

static det_status add(struct det_weights *out, const struct det_weight *item,
                      struct det_message *message)
{
    char name[DET_NAME_SIZE];
    struct det_weight weight = *item;
    if (strlen(item->name) >= DET_NAME_SIZE)
        return det_fail(message, DET_ERROR_MODEL,
                        "tensor name of %zu bytes; no parameter has more than "
                        "%d",
                        strlen(item->name), DET_NAME_SIZE - 1);
    if (!det_rename_detectron(name, item->name))
        return DET_OK;
    weight.name = name;
    DET_TRY(det_weights_add(out, &weight, message));
    if (!ends_with(item->name, "_bn_s") || !ends_with(name, ".weight"))
        return DET_OK;
    const size_t count = det_weight_count(item);
    DET_TRY(add_constant(out, name, ".running_mean", count, 0.0f, message));
    return add_constant(out, name, ".running_var", count, 1.0f, message);
}

det_status det_import_detectron(struct det_weights *out,
                                const struct det_weights *file,
                                struct det_message *message)
{
    *out = (struct det_weights){0};
    for (size_t i = 0; i < file->count; i++) {
        const det_status status = add(out, &file->items[i], message);
        if (status != DET_OK) {
            det_weights_destroy(out);
            return status;
        }
    }
    return DET_OK;
}
