/* SPDX-License-Identifier: MIT */
#include "detector/preset.h"

#include <string.h>

/* ImageNet's channel statistics, RGB in 0..1 (torchvision faster_rcnn.py). */
#define IMAGENET_MEAN {0.485f, 0.456f, 0.406f}
#define IMAGENET_STD {0.229f, 0.224f, 0.225f}

/* Sources: torchvision 0.14 models/detection/{transform,anchor_utils,rpn,
 * roi_heads,faster_rcnn,mask_rcnn}.py, ops/{poolers,boxes}.py. */
#define TORCHVISION                                                          \
    .resize = DET_RESIZE_TORCH,         /* transform.py, F.interpolate */    \
    .min_size = 800, .max_size = 1333,  /* FasterRCNN.__init__ */            \
    .bgr = false, .unit = 255.0f,       /* convert_image_dtype */            \
    .mean = IMAGENET_MEAN, .std = IMAGENET_STD,                              \
    .pads_single_map = true,            /* batch_images, size_divisible */   \
    .anchors_rounded = true,            /* generate_anchors: .round() */     \
    .anchor_order = DET_ANCHORS_BY_RATIO, /* h_ratios[:, None] */            \
    .anchor_stride = DET_STRIDE_IMAGE_OVER_MAP, /* AnchorGenerator */        \
    .pre_nms_fpn = 1000, .post_nms_fpn = 1000,  /* rpn_*_top_n_test */       \
    .pre_nms_single = 1000, .post_nms_single = 300, /* 2015: 300 proposals */\
    .rpn_nms_threshold = 0.7,                                               \
    .rpn_min_size = 1e-3f,              /* rpn.py: min_size */               \
    .rpn_min_size_exclusive = false,    /* remove_small_boxes: >= */         \
    .rpn_ranks_by_logit = false,        /* filter_proposals: sigmoid */      \
    .roi_aligned = false, .roi_sampling = 2, /* MultiScaleRoIAlign */        \
    .level_rule = DET_LEVEL_TORCHVISION,     /* LevelMapper */               \
    .roi_scale_inferred = true,              /* _infer_scale */              \
    .background_first = true, .background_has_deltas = true,                 \
    .score_threshold = 0.05f, .nms_threshold = 0.5, .max_detections = 100,  \
    .min_box_size = 1e-2f,              /* postprocess_detections */         \
    .paste = DET_PASTE_TORCHVISION

/* Sources: Detectron2 config/defaults.py, configs/Base-RCNN-{C4,DilatedC5,
 * FPN}.yaml, data/transforms, modeling/{anchor_generator,poolers}.py,
 * proposal_generator/proposal_utils.py, roi_heads/fast_rcnn.py,
 * layers/mask_ops.py. */
#define DETECTRON2                                                           \
    .resize = DET_RESIZE_PILLOW,        /* ResizeTransform on uint8 */       \
    .size_rule = DET_SIZE_HALF_UP,      /* ResizeShortestEdge */             \
    .min_size = 800, .max_size = 1333,  /* INPUT.*_SIZE_TEST */              \
    .bgr = true, .unit = 1.0f,          /* INPUT.FORMAT "BGR" */             \
    .mean = {103.53f, 116.28f, 123.675f}, /* MODEL.PIXEL_MEAN */             \
    .std = {1.0f, 1.0f, 1.0f},            /* MODEL.PIXEL_STD */              \
    .pads_single_map = false,           /* size_divisibility 0 */            \
    .anchors_rounded = false,                                                \
    .anchor_order = DET_ANCHORS_BY_SIZE,                                     \
    .anchor_stride = DET_STRIDE_OF_LEVEL,                                    \
    .pre_nms_fpn = 1000, .post_nms_fpn = 1000, /* Base-RCNN-FPN.yaml */      \
    .pre_nms_single = 6000, .post_nms_single = 1000, /* RPN.*_TOPK_TEST */   \
    .rpn_nms_threshold = 0.7,                                               \
    .rpn_min_size = 0.0f,               /* PROPOSAL_GENERATOR.MIN_SIZE */    \
    .rpn_min_size_exclusive = true,     /* Boxes.nonempty: > */              \
    .rpn_ranks_by_logit = true,         /* find_top_rpn_proposals */         \
    .roi_aligned = true, .roi_sampling = 0, /* ROIAlignV2, ratio 0 */        \
    .level_rule = DET_LEVEL_DETECTRON2, /* assign_boxes_to_levels */         \
    .roi_scale_inferred = false,                                             \
    .background_first = false, .background_has_deltas = false,               \
    .score_threshold = 0.05f, .nms_threshold = 0.5, .max_detections = 100,  \
    .min_box_size = 0.0f,                                                    \
    .paste = DET_PASTE_DETECTRON2

static const struct det_preset preset_table[] = {
    /* torch multiplies by the float32 reciprocal of the side: 480 -> 800,
     * 375 x 500 -> 799 x 1066 (torchvision up to 0.14 and all scripted). */
    {.name = "torchvision", .size_rule = DET_SIZE_FLOOR_FLOAT, TORCHVISION},
    /* Today's eager torchvision: 375 x 500 -> 800 x 1066. */
    {.name = "torchvision-double",
     .size_rule = DET_SIZE_FLOOR_DOUBLE,
     TORCHVISION},
    {.name = "detectron2", DETECTRON2},
};

enum { PRESETS = sizeof preset_table / sizeof preset_table[0] };

const struct det_preset *det_preset_find(const char *name)
{
    for (size_t i = 0; i < PRESETS; i++)
        if (strcmp(preset_table[i].name, name) == 0)
            return &preset_table[i];
    return NULL;
}

const char *det_preset_name(size_t index)
{
    return index < PRESETS ? preset_table[index].name : NULL;
}
