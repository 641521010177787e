/* SPDX-License-Identifier: MIT */
/*
 * Detectron2's names (model zoo), and the names of the ImageNet files R-50.pkl
 * and R-101.pkl, which Detectron2 itself translates in
 * checkpoint/c2_model_loading.py.
 */
#include <stdio.h>
#include <string.h>

#include "detector/import.h"

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ------------------------------------------------------------------- ResNet */

/* The part of a block: "conv2.weight", "shortcut.norm.bias", ... */
static bool rename_block_part(char *out, size_t size, const char *part)
{
    int conv, length = 0;
    if (starts_with(part, "shortcut.norm."))
        snprintf(out, size, "downsample.1.%s", part + strlen("shortcut.norm."));
    else if (starts_with(part, "shortcut."))
        snprintf(out, size, "downsample.0.%s", part + strlen("shortcut."));
    else if (sscanf(part, "conv%1d.norm.%n", &conv, &length) == 1 && length)
        snprintf(out, size, "bn%d.%s", conv, part + length);
    else if (sscanf(part, "conv%1d.%n", &conv, &length) == 1 && length)
        snprintf(out, size, "conv%d.%s", conv, part + length);
    else
        return false;
    return true;
}

/* "res4.22.conv1.weight" -> "<prefix>layer3.22.conv1.weight" */
static bool rename_stage(char out[DET_NAME_SIZE], const char *prefix,
                         const char *name)
{
    char part[DET_NAME_SIZE];
    int stage, block, length = 0;
    if (sscanf(name, "res%1d.%2d.%n", &stage, &block, &length) != 2 ||
        length == 0 || !rename_block_part(part, sizeof part, name + length))
        return false;
    const int written = snprintf(out, DET_NAME_SIZE, "%slayer%d.%d.%s", prefix,
                                 stage - 1, block, part);
    return written < DET_NAME_SIZE;
}

static bool rename_trunk(char out[DET_NAME_SIZE], const char *name)
{
    if (!starts_with(name, "backbone."))
        return false;
    name += strlen("backbone.");
    if (starts_with(name, "bottom_up."))
        name += strlen("bottom_up.");
    if (starts_with(name, "stem.conv1.norm."))
        snprintf(out, DET_NAME_SIZE, "backbone.body.bn1.%s",
                 name + strlen("stem.conv1.norm."));
    else if (starts_with(name, "stem.conv1."))
        snprintf(out, DET_NAME_SIZE, "backbone.body.conv1.%s",
                 name + strlen("stem.conv1."));
    else
        return rename_stage(out, "backbone.body.", name);
    return true;
}

/* -------------------------------------------------------------- other parts */

/* "<from><number - first>..." -> "<to><number - first + to_first>..." */
static const struct {
    const char *from;
    int first, to_first;
    const char *to, *to_end;
} numbered_parts[] = {
    {"backbone.fpn_lateral", 2, 0, "backbone.fpn.inner_blocks.", ".0."},
    {"backbone.fpn_output", 2, 0, "backbone.fpn.layer_blocks.", ".0."},
    {"roi_heads.box_head.fc", 1, 6, "roi_heads.box_head.fc", "."},
    {"roi_heads.mask_head.mask_fcn", 1, 0, "roi_heads.mask_head.", ".0."},
};

static bool rename_numbered(char out[DET_NAME_SIZE], const char *name)
{
    for (size_t i = 0; i < sizeof numbered_parts / sizeof numbered_parts[0];
         i++) {
        int number, length = 0;
        const char *from = numbered_parts[i].from;
        if (!starts_with(name, from) ||
            sscanf(name + strlen(from), "%1d.%n", &number, &length) != 1 ||
            length == 0)
            continue;
        snprintf(out, DET_NAME_SIZE, "%s%d%s%s", numbered_parts[i].to,
                 number - numbered_parts[i].first + numbered_parts[i].to_first,
                 numbered_parts[i].to_end, name + strlen(from) + length);
        return true;
    }
    return false;
}

static const struct {
    const char *from, *to;
} plain_parts[] = {
    {"proposal_generator.rpn_head.conv.", "rpn.head.conv.0.0."},
    {"proposal_generator.rpn_head.objectness_logits.", "rpn.head.cls_logits."},
    {"proposal_generator.rpn_head.anchor_deltas.", "rpn.head.bbox_pred."},
    {"roi_heads.mask_head.deconv.", "roi_heads.mask_predictor.conv5_mask."},
    {"roi_heads.mask_head.predictor.",
     "roi_heads.mask_predictor.mask_fcn_logits."},
};

static bool rename_plain(char out[DET_NAME_SIZE], const char *name)
{
    for (size_t i = 0; i < sizeof plain_parts / sizeof plain_parts[0]; i++)
        if (starts_with(name, plain_parts[i].from)) {
            snprintf(out, DET_NAME_SIZE, "%s%s", plain_parts[i].to,
                     name + strlen(plain_parts[i].from));
            return true;
        }
    return false;
}

/* ------------------------------------------------------------ Caffe2's names
 */

static const struct {
    const char *from, *to;
} caffe2_suffixes[] = {
    {"_bn_gamma", ".weight"},
    {"_bn_beta", ".bias"},
    {"_bn_running_mean", ".running_mean"},
    {"_bn_running_var", ".running_var"},
};

/* "res2_0_branch2a_bn_gamma" -> "backbone.body.layer1.0.bn1.weight" */
static bool rename_caffe2_block(char out[DET_NAME_SIZE], const char *name)
{
    int stage, block, length = 0;
    if (sscanf(name, "res%1d_%2d_branch%n", &stage, &block, &length) != 2 ||
        length == 0)
        return false;
    const char *branch = name + length;
    const bool shortcut = branch[0] == '1';
    if (!shortcut && (branch[0] != '2' || branch[1] < 'a' || branch[1] > 'c'))
        return false;
    const char *rest = branch + (shortcut ? 1 : 2);
    const int conv = shortcut ? 0 : branch[1] - 'a' + 1;
    char layer[32], norm[32];
    snprintf(layer, sizeof layer, shortcut ? "downsample.0" : "conv%d", conv);
    snprintf(norm, sizeof norm, shortcut ? "downsample.1" : "bn%d", conv);
    if (strcmp(rest, "_w") == 0) {
        snprintf(out, DET_NAME_SIZE, "backbone.body.layer%d.%d.%s.weight",
                 stage - 1, block, layer);
        return true;
    }
    for (size_t i = 0; i < sizeof caffe2_suffixes / sizeof caffe2_suffixes[0];
         i++)
        if (strcmp(rest, caffe2_suffixes[i].from) == 0) {
            snprintf(out, DET_NAME_SIZE, "backbone.body.layer%d.%d.%s%s",
                     stage - 1, block, norm, caffe2_suffixes[i].to);
            return true;
        }
    return false;
}

static bool rename_caffe2(char out[DET_NAME_SIZE], const char *name)
{
    const char *stem = "res_conv1_bn_";
    if (starts_with(name, stem)) {
        for (size_t i = 0;
             i < sizeof caffe2_suffixes / sizeof caffe2_suffixes[0]; i++)
            if (strcmp(name + strlen("res_conv1"), caffe2_suffixes[i].from) ==
                0) {
                snprintf(out, DET_NAME_SIZE, "backbone.body.bn1%s",
                         caffe2_suffixes[i].to);
                return true;
            }
        return false;
    }
    if (strcmp(name, "conv1_w") == 0)
        snprintf(out, DET_NAME_SIZE, "backbone.body.conv1.weight");
    else if (strcmp(name, "fc1000_w") == 0)
        snprintf(out, DET_NAME_SIZE, "fc.weight");
    else if (strcmp(name, "fc1000_b") == 0)
        snprintf(out, DET_NAME_SIZE, "fc.bias");
    else
        return rename_caffe2_block(out, name);
    return true;
}

/* ---------------------------------------------------------------- interface */

/* Anchors and pixel statistics are the architecture's; R-50.pkl's conv1_b
 * belongs to no layer (detectron2 #1688) and momenta to the training. */
static bool ignored(const char *name)
{
    const size_t length = strlen(name);
    const char *momentum = "_momentum";
    return strstr(name, "anchor_generator.cell_anchors") ||
           strcmp(name, "pixel_mean") == 0 || strcmp(name, "pixel_std") == 0 ||
           strcmp(name, "conv1_b") == 0 ||
           strstr(name, "num_batches_tracked") ||
           (length > strlen(momentum) &&
            strcmp(name + length - strlen(momentum), momentum) == 0);
}

enum det_rename det_rename_detectron2(char out[DET_NAME_SIZE], const char *name)
{
    const char *res5 = "roi_heads.res5.";
    if (ignored(name))
        return DET_RENAME_IGNORE;
    if (starts_with(name, res5) &&
        rename_stage(out, "roi_heads.box_head.", name + strlen("roi_heads.")))
        return DET_RENAME_KEEP;
    if (rename_trunk(out, name) || rename_numbered(out, name) ||
        rename_plain(out, name) || rename_caffe2(out, name))
        return DET_RENAME_KEEP;
    snprintf(out, DET_NAME_SIZE, "%s", name);
    return DET_RENAME_KEEP;
}

bool det_names_are_detectron2(const struct det_weights *weights)
{
    for (size_t i = 0; i < weights->count; i++) {
        const char *name = weights->items[i].name;
        if (starts_with(name, "proposal_generator.") ||
            starts_with(name, "backbone.bottom_up.") ||
            starts_with(name, "backbone.stem.") ||
            starts_with(name, "res_conv1_bn_"))
            return true;
    }
    return false;
}
