/* SPDX-License-Identifier: MIT */
#include "detector/architecture.h"

#include <string.h>

#include "detect/detect.h"

/* Weights of torchvision's v1 builders go through overwrite_eps(model, 0). */
#define V1_EPS 0.0f
#define EPS 1e-5f

/* Lin et al. 2017, sections 3 and 5; He et al. 2017, figure 4. */
#define USUAL_WIDTHS                                                           \
    .fpn_channels = 256, .smallest_anchor = 32, .box_channels = 1024,          \
    .mask_channels = 256
#define FPN_HEADS                                                              \
    .backbone = DET_BACKBONE_FPN, .rpn_convs = 1,                              \
    .box_head = DET_BOX_HEAD_2FC, .mask_convs = 4, USUAL_WIDTHS
#define C4_HEADS                                                               \
    .backbone = DET_BACKBONE_C4, .rpn_convs = 1,                               \
    .box_head = DET_BOX_HEAD_CONV5, .mask_convs = 0, USUAL_WIDTHS
#define DC5_HEADS                                                              \
    .backbone = DET_BACKBONE_DC5, .rpn_convs = 1,                              \
    .box_head = DET_BOX_HEAD_2FC, .mask_convs = 4, USUAL_WIDTHS

#define TORCHVISION_FPN(label, layers, has_masks)                              \
    {                                                                          \
        .name = label, .preset = "torchvision", .masks = has_masks,            \
        .depth = layers, .groups = 1, .width_per_group = 64,                   \
        .stem_channels = 64, .norm_eps = V1_EPS, FPN_HEADS                     \
    }
#define TORCHVISION_V2(label, has_masks)                                       \
    {                                                                          \
        .name = label, .preset = "torchvision", .masks = has_masks,            \
        .depth = 50, .groups = 1, .width_per_group = 64, .stem_channels = 64,  \
        .norm_eps = EPS, .norm_in_heads = true, .backbone = DET_BACKBONE_FPN,  \
        .rpn_convs = 2, .box_head = DET_BOX_HEAD_4CONV1FC, .mask_convs = 4,    \
        USUAL_WIDTHS                                                           \
    }
/* The 2015 form on torchvision's parts: 600 / 1000 pixels, 300 proposals.  Of a
 * cascade (Dai, He and Sun 2016, section 5) conv5_x is in the place of VGG-16's
 * fc6 and fc7. */
#define TORCHVISION_C4(label, layers, has_masks, is_cascade)                   \
    {                                                                          \
        .name = label, .preset = "torchvision", .masks = has_masks,            \
        .cascade = is_cascade, .depth = layers, .groups = 1,                   \
        .width_per_group = 64, .stem_channels = 64, .norm_eps = EPS, C4_HEADS, \
        .min_size = 600, .max_size = 1000                                      \
    }
/* Ours, to be learned on a CPU in hours and to fit into 16 MB of halves: half
 * the width everywhere, anchors of half the size.  Photos at 480 / 800. */
#define SMALL(label, has_masks)                                                \
    {                                                                          \
        .name = label, .preset = "torchvision", .masks = has_masks,            \
        .depth = 18, .groups = 1, .width_per_group = 64, .stem_channels = 32,  \
        .norm_eps = EPS, .backbone = DET_BACKBONE_FPN, .fpn_channels = 128,    \
        .smallest_anchor = 16, .rpn_convs = 1, .box_head = DET_BOX_HEAD_2FC,   \
        .box_channels = 512, .mask_convs = 4, .mask_channels = 128,            \
        .min_size = 480, .max_size = 800                                       \
    }
/* The same width in the form of 2015, for its test-time procedure. */
#define SMALL_C4(label, has_masks, is_cascade)                                 \
    {                                                                          \
        .name = label, .preset = "torchvision", .masks = has_masks,            \
        .cascade = is_cascade, .depth = 18, .groups = 1,                       \
        .width_per_group = 64, .stem_channels = 32, .norm_eps = EPS,           \
        .backbone = DET_BACKBONE_C4, .smallest_anchor = 16, .rpn_convs = 1,    \
        .box_head = DET_BOX_HEAD_CONV5, .mask_channels = 128, .min_size = 480, \
        .max_size = 800                                                        \
    }
/* Detectron2's model zoo: MSRA's weights have the stride in the 1x1. */
#define DETECTRON2(label, layers, has_masks, HEADS)                            \
    {                                                                          \
        .name = label, .preset = "detectron2", .masks = has_masks,             \
        .depth = layers, .groups = 1, .width_per_group = 64,                   \
        .stem_channels = 64, .stride_in_1x1 = true, .norm_eps = EPS, HEADS     \
    }
#define DETECTRON2_X101(label, has_masks)                                      \
    {                                                                          \
        .name = label, .preset = "detectron2", .masks = has_masks,             \
        .depth = 101, .groups = 32, .width_per_group = 8, .stem_channels = 64, \
        .norm_eps = EPS, FPN_HEADS, .mean = x101_mean, .std = x101_std         \
    }
/* Tested at a shorter side of 256, the middle 224 of it (He et al. 2015,
 * section 3.4). */
#define CLASSIFIER(label, system, layers, in_1x1, shortcut)                    \
    {                                                                          \
        .name = label, .preset = system, .kind = DET_MODEL_CLASSIFIER,         \
        .depth = layers, .groups = 1, .width_per_group = 64,                   \
        .stem_channels = 64, .stride_in_1x1 = in_1x1, .shortcuts = shortcut,   \
        .norm_eps = EPS, .backbone = DET_BACKBONE_DC5, .min_size = 256,        \
        .max_size = 32768, .crop_size = 224                                    \
    }
/* ImageNet localization (He et al. 2015, appendix C): an RPN of each class on
 * all of the trunk, learned on crops of 224; and the trunk on each box of its,
 * warped to 224.  The paper does not say which anchors: the three shapes of
 * its RPN, in sizes that fit a crop. */
#define LOCALIZER(label, layers, stem, rpn)                                    \
    {                                                                          \
        .name = label, .preset = "torchvision", .kind = DET_MODEL_LOCALIZER,   \
        .depth = layers, .groups = 1, .width_per_group = 64,                   \
        .stem_channels = stem, .norm_eps = EPS, .backbone = DET_BACKBONE_DC5,  \
        .rpn_convs = 1, .rpn_channels = rpn, .smallest_anchor = 64,            \
        .min_size = 256, .max_size = 32768, .crop_size = 224                   \
    }
#define RESCORER(label, layers, stem)                                          \
    {                                                                          \
        .name = label, .preset = "torchvision", .kind = DET_MODEL_RESCORER,    \
        .depth = layers, .groups = 1, .width_per_group = 64,                   \
        .stem_channels = stem, .norm_eps = EPS, .backbone = DET_BACKBONE_DC5,  \
        .min_size = 256, .max_size = 32768, .crop_size = 224                   \
    }
/* Section 4.2; residual ones with shortcuts of option A. */
#define CIFAR(label, layers, shortcut)                                         \
    {                                                                          \
        .name = label, .preset = "torchvision", .kind = DET_MODEL_CLASSIFIER,  \
        .depth = layers, .groups = 1, .width_per_group = 64,                   \
        .stem_channels = 64, .shortcuts = shortcut, .norm_eps = EPS,           \
        .backbone = DET_BACKBONE_DC5, .min_size = 32, .max_size = 32768,       \
        .crop_size = 32                                                        \
    }

/* Detectron's model zoo.  Its norms are a scale and a shift: mean 0, variance
 * 1, nothing added. */
#define DETECTRON(label, layers, has_masks, num, width, in_1x1)                \
    {                                                                          \
        .name = label, .preset = "detectron", .masks = has_masks,              \
        .depth = layers, .groups = num, .width_per_group = width,              \
        .stem_channels = 64, .stride_in_1x1 = in_1x1, .norm_eps = 0.0f,        \
        FPN_HEADS                                                              \
    }
/* KaimingHe/deep-residual-networks; tested as above. */
#define MSRA(label, layers)                                                    \
    {                                                                          \
        .name = label, .preset = "caffe", .kind = DET_MODEL_CLASSIFIER,        \
        .depth = layers, .groups = 1, .width_per_group = 64,                   \
        .stem_channels = 64, .stride_in_1x1 = true, .norm_eps = EPS,           \
        .backbone = DET_BACKBONE_DC5, .min_size = 256, .max_size = 32768,      \
        .crop_size = 224, .mean = msra_mean                                    \
    }
/* Simonyan and Zisserman 2014, and py-faster-rcnn's detectors on it. */
#define VGG16                                                                  \
    .preset = "caffe", .backbone = DET_BACKBONE_VGG16, .depth = 16,            \
    .stem_channels = 64, .norm_eps = EPS, .box_channels = 4096
#define VGG16_HEADS                                                            \
    VGG16, .rpn_convs = 1, .smallest_anchor = 32, .anchors_of_file = true,     \
           .box_head = DET_BOX_HEAD_2FC

/* configs/COCO-Detection/faster_rcnn_X_101_32x8d_FPN_3x.yaml, BGR */
static const float x101_mean[3] = {103.53f, 116.28f, 123.675f};
static const float x101_std[3] = {57.375f, 57.12f, 58.395f};
/* Means over the places of ResNet_mean.binaryproto (chainercv's
 * links/model/resnet/resnet.py); of VGG_ILSVRC_16_layers, its readme.  BGR */
static const float msra_mean[3] = {103.0626238f, 115.90288257f, 123.15163084f};
static const float vgg_mean[3] = {103.939f, 116.779f, 123.68f};

static const struct det_architecture architecture_table[] = {
    TORCHVISION_FPN("fasterrcnn_resnet50_fpn", 50, false),
    TORCHVISION_FPN("maskrcnn_resnet50_fpn", 50, true),
    TORCHVISION_V2("fasterrcnn_resnet50_fpn_v2", false),
    TORCHVISION_V2("maskrcnn_resnet50_fpn_v2", true),
    TORCHVISION_FPN("fasterrcnn_resnet18_fpn", 18, false),
    TORCHVISION_FPN("maskrcnn_resnet18_fpn", 18, true),
    SMALL("fasterrcnn_resnet18_small", false),
    SMALL("maskrcnn_resnet18_small", true),
    SMALL_C4("fasterrcnn_resnet18_c4_small", false, false),
    SMALL_C4("maskrcnn_resnet18_c4_small", true, false),
    SMALL_C4("mnc_resnet18_c4_small", true, true),
    TORCHVISION_FPN("fasterrcnn_resnet34_fpn", 34, false),
    TORCHVISION_FPN("maskrcnn_resnet34_fpn", 34, true),
    TORCHVISION_FPN("fasterrcnn_resnet101_fpn", 101, false),
    TORCHVISION_FPN("maskrcnn_resnet101_fpn", 101, true),
    TORCHVISION_FPN("fasterrcnn_resnet152_fpn", 152, false),
    TORCHVISION_FPN("maskrcnn_resnet152_fpn", 152, true),
    TORCHVISION_C4("fasterrcnn_resnet50_c4", 50, false, false),
    TORCHVISION_C4("maskrcnn_resnet50_c4", 50, true, false),
    TORCHVISION_C4("fasterrcnn_resnet101_c4", 101, false, false),
    TORCHVISION_C4("maskrcnn_resnet101_c4", 101, true, false),
    TORCHVISION_C4("mnc_resnet50_c4", 50, true, true),
    TORCHVISION_C4("mnc_resnet101_c4", 101, true, true),
    DETECTRON2("faster_rcnn_R_50_C4", 50, false, C4_HEADS),
    DETECTRON2("faster_rcnn_R_50_DC5", 50, false, DC5_HEADS),
    DETECTRON2("faster_rcnn_R_50_FPN", 50, false, FPN_HEADS),
    DETECTRON2("faster_rcnn_R_101_C4", 101, false, C4_HEADS),
    DETECTRON2("faster_rcnn_R_101_DC5", 101, false, DC5_HEADS),
    DETECTRON2("faster_rcnn_R_101_FPN", 101, false, FPN_HEADS),
    DETECTRON2_X101("faster_rcnn_X_101_32x8d_FPN", false),
    DETECTRON2("mask_rcnn_R_50_C4", 50, true, C4_HEADS),
    DETECTRON2("mask_rcnn_R_50_DC5", 50, true, DC5_HEADS),
    DETECTRON2("mask_rcnn_R_50_FPN", 50, true, FPN_HEADS),
    DETECTRON2("mask_rcnn_R_101_C4", 101, true, C4_HEADS),
    DETECTRON2("mask_rcnn_R_101_DC5", 101, true, DC5_HEADS),
    DETECTRON2("mask_rcnn_R_101_FPN", 101, true, FPN_HEADS),
    DETECTRON2_X101("mask_rcnn_X_101_32x8d_FPN", true),
    DETECTRON("e2e_faster_rcnn_R-50-FPN", 50, false, 1, 64, true),
    DETECTRON("e2e_faster_rcnn_R-101-FPN", 101, false, 1, 64, true),
    DETECTRON("e2e_faster_rcnn_X-101-32x8d-FPN", 101, false, 32, 8, false),
    DETECTRON("e2e_faster_rcnn_X-101-64x4d-FPN", 101, false, 64, 4, false),
    DETECTRON("e2e_mask_rcnn_R-50-FPN", 50, true, 1, 64, true),
    DETECTRON("e2e_mask_rcnn_R-101-FPN", 101, true, 1, 64, true),
    DETECTRON("e2e_mask_rcnn_X-101-32x8d-FPN", 101, true, 32, 8, false),
    DETECTRON("e2e_mask_rcnn_X-101-64x4d-FPN", 101, true, 64, 4, false),
    CLASSIFIER("resnet18", "torchvision", 18, false, DET_SHORTCUTS_B),
    CLASSIFIER("resnet34", "torchvision", 34, false, DET_SHORTCUTS_B),
    CLASSIFIER("resnet50", "torchvision", 50, false, DET_SHORTCUTS_B),
    CLASSIFIER("resnet101", "torchvision", 101, false, DET_SHORTCUTS_B),
    CLASSIFIER("resnet152", "torchvision", 152, false, DET_SHORTCUTS_B),
    CLASSIFIER("resnet18_a", "torchvision", 18, false, DET_SHORTCUTS_A),
    CLASSIFIER("resnet34_a", "torchvision", 34, false, DET_SHORTCUTS_A),
    CLASSIFIER("resnet50_a", "torchvision", 50, false, DET_SHORTCUTS_A),
    CLASSIFIER("resnet101_a", "torchvision", 101, false, DET_SHORTCUTS_A),
    CLASSIFIER("resnet152_a", "torchvision", 152, false, DET_SHORTCUTS_A),
    CLASSIFIER("resnet18_c", "torchvision", 18, false, DET_SHORTCUTS_C),
    CLASSIFIER("resnet34_c", "torchvision", 34, false, DET_SHORTCUTS_C),
    CLASSIFIER("resnet50_c", "torchvision", 50, false, DET_SHORTCUTS_C),
    CLASSIFIER("resnet101_c", "torchvision", 101, false, DET_SHORTCUTS_C),
    CLASSIFIER("resnet152_c", "torchvision", 152, false, DET_SHORTCUTS_C),
    CLASSIFIER("plain18", "torchvision", 18, false, DET_SHORTCUTS_PLAIN),
    CLASSIFIER("plain34", "torchvision", 34, false, DET_SHORTCUTS_PLAIN),
    LOCALIZER("localizer_resnet18", 18, 64, 512),
    LOCALIZER("localizer_resnet50", 50, 64, 512),
    LOCALIZER("localizer_resnet101", 101, 64, 512),
    LOCALIZER("localizer_resnet152", 152, 64, 512),
    LOCALIZER("localizer_resnet18_small", 18, 32, 128),
    RESCORER("rescorer_resnet18", 18, 64),
    RESCORER("rescorer_resnet50", 50, 64),
    RESCORER("rescorer_resnet101", 101, 64),
    RESCORER("rescorer_resnet152", 152, 64),
    RESCORER("rescorer_resnet18_small", 18, 32),
    CLASSIFIER("R-50", "detectron2", 50, true, DET_SHORTCUTS_B),
    CLASSIFIER("R-101", "detectron2", 101, true, DET_SHORTCUTS_B),
    MSRA("resnet50_caffe", 50),
    MSRA("resnet101_caffe", 101),
    MSRA("resnet152_caffe", 152),
    {.name = "fasterrcnn_vgg16", VGG16_HEADS},
    {.name = "mnc_vgg16",
     VGG16_HEADS,
     .masks = true,
     .cascade = true,
     .mask_channels = 256},
    {.name = "vgg16",
     VGG16,
     .kind = DET_MODEL_CLASSIFIER,
     .min_size = 256,
     .max_size = 32768,
     .crop_size = 224,
     .mean = vgg_mean},
    CIFAR("resnet20", 20, DET_SHORTCUTS_A),
    CIFAR("resnet32", 32, DET_SHORTCUTS_A),
    CIFAR("resnet44", 44, DET_SHORTCUTS_A),
    CIFAR("resnet56", 56, DET_SHORTCUTS_A),
    CIFAR("resnet110", 110, DET_SHORTCUTS_A),
    CIFAR("resnet1202", 1202, DET_SHORTCUTS_A),
    CIFAR("plain20", 20, DET_SHORTCUTS_PLAIN),
    CIFAR("plain32", 32, DET_SHORTCUTS_PLAIN),
    CIFAR("plain44", 44, DET_SHORTCUTS_PLAIN),
    CIFAR("plain56", 56, DET_SHORTCUTS_PLAIN),
    CIFAR("plain110", 110, DET_SHORTCUTS_PLAIN),
};

enum {
    ARCHITECTURES = sizeof architecture_table / sizeof architecture_table[0]
};

const struct det_architecture *det_architecture_find(const char *name)
{
    for (size_t i = 0; i < ARCHITECTURES; i++)
        if (strcmp(architecture_table[i].name, name) == 0)
            return &architecture_table[i];
    return NULL;
}

const struct det_architecture *det_architecture_at(size_t index)
{
    return index < ARCHITECTURES ? &architecture_table[index] : NULL;
}

const char *det_architecture_name(size_t index)
{
    return index < ARCHITECTURES ? architecture_table[index].name : NULL;
}
