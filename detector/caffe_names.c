/* SPDX-License-Identifier: MIT */
#include "detector/caffe_names.h"

#include <stdio.h>
#include <string.h>

enum model { ANY, CLASSIFIER, DETECTOR };

static const struct {
    const char *name;
    enum model model;
    enum det_caffe_role role;
    const char *target;
    int32_t side;
} plain_layers[] = {
    {"conv1", ANY, DET_CAFFE_NORMED, "backbone.body.conv1", 0},
    {"bn_conv1", ANY, DET_CAFFE_STATISTICS, "backbone.body.bn1", 0},
    {"scale_conv1", ANY, DET_CAFFE_SCALE, "backbone.body.bn1", 0},
    {"fc1000", ANY, DET_CAFFE_LINEAR, "fc", 0},
    {"fc6", CLASSIFIER, DET_CAFFE_LINEAR_MAP, "backbone.body.fc6", 7},
    {"fc7", CLASSIFIER, DET_CAFFE_LINEAR_MAP, "backbone.body.fc7", 1},
    {"fc8", CLASSIFIER, DET_CAFFE_LINEAR, "fc", 0},
    {"fc6", DETECTOR, DET_CAFFE_LINEAR, "roi_heads.box_head.fc6", 0},
    {"fc7", DETECTOR, DET_CAFFE_LINEAR, "roi_heads.box_head.fc7", 0},
    {"cls_score", DETECTOR, DET_CAFFE_LINEAR,
     "roi_heads.box_predictor.cls_score", 0},
    {"bbox_pred", DETECTOR, DET_CAFFE_LINEAR,
     "roi_heads.box_predictor.bbox_pred", 0},
    {"fc6_maskest", DETECTOR, DET_CAFFE_LINEAR, "roi_heads.mask_head.fc6", 0},
    {"mask_pred", DETECTOR, DET_CAFFE_LINEAR, "roi_heads.mask_head.mask_pred",
     0},
    {"fc6_mask", DETECTOR, DET_CAFFE_LINEAR, "roi_heads.masked_head.fc6", 0},
    {"fc7_mask", DETECTOR, DET_CAFFE_LINEAR, "roi_heads.masked_head.fc7", 0},
    {"seg_cls_score", DETECTOR, DET_CAFFE_LINEAR,
     "roi_heads.mask_predictor.cls_score", 0},
    {"rpn_conv/3x3", DETECTOR, DET_CAFFE_CONV, "rpn.head.conv.0.0", 0},
    {"rpn_conv_3x3", DETECTOR, DET_CAFFE_CONV, "rpn.head.conv.0.0", 0},
    {"rpn_cls_score", DETECTOR, DET_CAFFE_TWO_CLASS, "rpn.head.cls_logits", 0},
    {"rpn_bbox_pred", DETECTOR, DET_CAFFE_CONV, "rpn.head.bbox_pred", 0},
};

static bool find_plain(struct det_caffe_layer *out, const char *name,
                       bool detector)
{
    const enum model other = detector ? CLASSIFIER : DETECTOR;
    for (size_t i = 0; i < sizeof plain_layers / sizeof plain_layers[0]; i++) {
        if (plain_layers[i].model == other ||
            strcmp(plain_layers[i].name, name) != 0)
            continue;
        out->role = plain_layers[i].role;
        out->side = plain_layers[i].side;
        snprintf(out->target, sizeof out->target, "%s", plain_layers[i].target);
        if (out->role == DET_CAFFE_STATISTICS)
            snprintf(out->normed, sizeof out->normed, "conv1");
        return true;
    }
    return false;
}

/* VGG-16: "conv3_2". */
static bool find_vgg(struct det_caffe_layer *out, const char *name)
{
    int block, conv, length = 0;
    if (sscanf(name, "conv%1d_%1d%n", &block, &conv, &length) != 2 ||
        name[length] != '\0' || block < 1 || conv < 1)
        return false;
    out->role = DET_CAFFE_CONV;
    snprintf(out->target, sizeof out->target, "backbone.body.%s", name);
    return true;
}

/* A block's number from its letter: "a" 0, "f" 5; "b1" to "b35" count where
 * there are too many for letters.  What follows, or NULL. */
static const char *read_block(int *block, const char *text)
{
    int length = 0;
    if (text[0] < 'a' || text[0] > 'z')
        return NULL;
    *block = text[0] - 'a';
    if (text[0] == 'b' && sscanf(text + 1, "%2d%n", block, &length) == 1)
        return *block >= 1 ? text + 1 + length : NULL;
    return text + 1;
}

/* "res4b22_branch2a", "bn4b22_branch2a", "scale4b22_branch2a" */
static bool find_resnet(struct det_caffe_layer *out, const char *name)
{
    static const struct {
        const char *prefix;
        enum det_caffe_role role;
    } parts[] = {{"res", DET_CAFFE_NORMED},
                 {"bn", DET_CAFFE_STATISTICS},
                 {"scale", DET_CAFFE_SCALE}};
    size_t part = 0;
    int block;
    while (part < 3 &&
           strncmp(name, parts[part].prefix, strlen(parts[part].prefix)) != 0)
        part++;
    if (part == 3)
        return false;
    const char *stage = name + strlen(parts[part].prefix);
    if (stage[0] < '2' || stage[0] > '5')
        return false;
    const char *branch = read_block(&block, stage + 1);
    if (!branch || strncmp(branch, "_branch", strlen("_branch")) != 0)
        return false;
    branch += strlen("_branch");
    const bool shortcut = strcmp(branch, "1") == 0;
    if (!shortcut && (branch[0] != '2' || branch[1] < 'a' || branch[1] > 'c' ||
                      branch[2] != '\0'))
        return false;
    out->role = parts[part].role;
    const bool conv = out->role == DET_CAFFE_NORMED;
    char layer[16];
    if (shortcut)
        snprintf(layer, sizeof layer, "downsample.%d", conv ? 0 : 1);
    else
        snprintf(layer, sizeof layer, "%s%c", conv ? "conv" : "bn",
                 branch[1] - 'a' + '1');
    snprintf(out->target, sizeof out->target, "backbone.body.layer%d.%d.%s",
             stage[0] - '1', block, layer);
    snprintf(out->normed, sizeof out->normed, "res%s", stage);
    return true;
}

void det_caffe_layer_find(struct det_caffe_layer *out, const char *name,
                          bool detector)
{
    *out = (struct det_caffe_layer){.role = DET_CAFFE_OTHER};
    if (strlen(name) >= sizeof out->normed || find_plain(out, name, detector) ||
        find_vgg(out, name))
        return;
    find_resnet(out, name);
}
