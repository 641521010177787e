/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "detector/import.h"

static bool has(const struct det_import *import, const char *name)
{
    return det_import_find(import, name) != NULL;
}

/* Blocks of layer3, which tell the depths apart. */
static int32_t layer3_blocks(const struct det_import *import)
{
    for (int32_t count = 0;; count++) {
        char name[DET_NAME_SIZE];
        snprintf(name, sizeof name, "backbone.body.layer3.%d.conv1.weight",
                 count);
        if (!has(import, name))
            return count;
    }
}

static bool is_vgg(const struct det_import *import)
{
    return has(import, "backbone.body.conv1_1.weight");
}

static bool depth_fits(const struct det_import *import,
                       const struct det_architecture *a)
{
    const struct det_resnet_row *row = det_resnet_find(a->depth);
    const bool bottleneck = has(import, "backbone.body.layer1.0.conv3.weight");
    return row->bottleneck == bottleneck &&
           row->blocks[2] == layer3_blocks(import);
}

/* Option A and plain nets have no projections: those are taken for residual
 * ones, whose rows come first. */
static bool shortcuts_fit(const struct det_import *import,
                          const struct det_architecture *a)
{
    const bool projects =
        has(import, "backbone.body.layer2.0.downsample.0.weight");
    const bool everywhere =
        has(import, "backbone.body.layer1.1.downsample.0.weight");
    if (a->shortcuts == DET_SHORTCUTS_C)
        return everywhere;
    return !everywhere && projects == (a->shortcuts == DET_SHORTCUTS_B);
}

/* The first convolution tells CIFAR's nets and widths apart. */
static bool stem_fits(const struct det_import *import,
                      const struct det_architecture *a)
{
    const struct det_import_tensor *conv1 =
        det_import_find(import, "backbone.body.conv1.weight");
    const bool is_known = conv1 && conv1->weight->rank == 4;
    const bool cifar = is_known && conv1->weight->shape[2] == 3;
    return cifar == det_resnet_find(a->depth)->cifar &&
           (cifar || !is_known || conv1->weight->shape[0] == a->stem_channels);
}

static bool groups_fit(const struct det_import *import,
                       const struct det_architecture *a)
{
    const struct det_import_tensor *conv2 =
        det_import_find(import, "backbone.body.layer1.0.conv2.weight");
    if (!conv2 || conv2->weight->rank != 4 || conv2->weight->shape[1] < 1)
        return false;
    const int64_t groups = conv2->weight->shape[0] / conv2->weight->shape[1];
    return groups == a->groups;
}

static bool backbone_fits(const struct det_import *import,
                          const struct det_architecture *a)
{
    const bool fpn = has(import, "backbone.fpn.inner_blocks.0.0.weight");
    const bool conv5_per_roi =
        has(import, "roi_heads.box_head.layer4.0.conv1.weight");
    switch (a->backbone) {
    case DET_BACKBONE_FPN:
        return fpn;
    case DET_BACKBONE_C4:
        return conv5_per_roi;
    case DET_BACKBONE_DC5:
        return !fpn && !conv5_per_roi && !is_vgg(import);
    case DET_BACKBONE_VGG16:
        return is_vgg(import);
    }
    return false;
}

static bool resnet_fits(const struct det_import *import,
                        const struct det_architecture *a)
{
    return a->backbone == DET_BACKBONE_VGG16 ||
           (stem_fits(import, a) && shortcuts_fit(import, a) &&
            depth_fits(import, a) && groups_fit(import, a));
}

static bool is_kind(const struct det_import *import, det_model_kind kind)
{
    const bool fc = has(import, "fc.weight");
    const bool rpn = has(import, "rpn.head.cls_logits.weight");
    const bool regions =
        has(import, "roi_heads.box_predictor.cls_score.weight");
    return fc == (kind == DET_MODEL_CLASSIFIER) &&
           rpn == (kind == DET_MODEL_DETECTOR || kind == DET_MODEL_LOCALIZER) &&
           regions ==
               (kind == DET_MODEL_DETECTOR || kind == DET_MODEL_RESCORER);
}

static bool fits(const struct det_import *import,
                 const struct det_architecture *a)
{
    return strcmp(a->preset, import->preset) == 0 && is_kind(import, a->kind) &&
           a->cascade == has(import, "roi_heads.mask_head.mask_pred.weight") &&
           (a->masks && !a->cascade) ==
               has(import, "roi_heads.mask_predictor.conv5_mask.weight") &&
           a->norm_in_heads ==
               has(import, "backbone.fpn.inner_blocks.0.1.weight") &&
           backbone_fits(import, a) && resnet_fits(import, a);
}

const struct det_architecture *det_recognise(const struct det_import *import)
{
    const struct det_architecture *a;
    for (size_t i = 0; (a = det_architecture_at(i)) != NULL; i++)
        if (fits(import, a))
            return a;
    return NULL;
}
