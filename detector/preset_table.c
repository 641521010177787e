/* SPDX-License-Identifier: MIT */
#include "detector/preset.h"

#include <math.h>
#include <string.h>

/* ImageNet's channel statistics, RGB in 0..1 (torchvision faster_rcnn.py). */
#define IMAGENET_MEAN                                                          \
    {                                                                          \
        0.485f, 0.456f, 0.406f                                                 \
    }
#define IMAGENET_STD                                                           \
    {                                                                          \
        0.229f, 0.224f, 0.225f                                                 \
    }

/* Sources: torchvision 0.14 models/detection/{transform,anchor_utils,rpn,
 * roi_heads,faster_rcnn,mask_rcnn}.py, ops/{poolers,boxes}.py. */
#define TORCHVISION                                                            \
    .resize = DET_RESIZE_TORCH,            /* transform.py, F.interpolate */   \
        .min_size = 800, .max_size = 1333, /* FasterRCNN.__init__ */           \
        .bgr = false, .unit = 255.0f,      /* convert_image_dtype */           \
        .mean = IMAGENET_MEAN, .std = IMAGENET_STD,                            \
    .pads_single_map = true, /* batch_images, size_divisible */                \
        .delta_size_limit = DET_DELTA_SIZE_LIMIT, /* BoxCoder */               \
        .box_delta_weights = {10, 10, 5, 5},      /* bbox_reg_weights */       \
        .anchor_rule = DET_ANCHORS_ROUNDED,   /* generate_anchors: .round() */ \
        .anchor_order = DET_ANCHORS_BY_RATIO, /* h_ratios[:, None] */          \
        .anchor_stride = DET_STRIDE_IMAGE_OVER_MAP, /* AnchorGenerator */      \
        .pre_nms_fpn = 1000, .post_nms_fpn = 1000,  /* rpn_*_top_n_test */     \
        .pre_nms_single = 1000,                                                \
    .post_nms_single = 300, /* 2015: 300 proposals */                          \
        .rpn_nms_threshold = 0.7,                                              \
    .rpn_min_size = 1e-3f,               /* rpn.py: min_size */                \
        .rpn_min_size_exclusive = false, /* remove_small_boxes: >= */          \
        .rpn_ranks_by_logit = false,     /* filter_proposals: sigmoid */       \
        .roi_aligned = false, .roi_sampling = 2, /* MultiScaleRoIAlign */      \
        .level_rule = DET_LEVEL_TORCHVISION,     /* LevelMapper */             \
        .roi_scale_inferred = true,              /* _infer_scale */            \
        .background_first = true, .background_has_deltas = true,               \
    .score_threshold = 0.05f, .nms_threshold = 0.5, .max_detections = 100,     \
    .min_box_size = 1e-2f, /* postprocess_detections */                        \
        .paste = DET_PASTE_TORCHVISION

/* Sources: Detectron2 config/defaults.py, configs/Base-RCNN-{C4,DilatedC5,
 * FPN}.yaml, data/transforms, modeling/{anchor_generator,poolers}.py,
 * proposal_generator/proposal_utils.py, roi_heads/fast_rcnn.py,
 * layers/mask_ops.py. */
#define DETECTRON2                                                             \
    .resize = DET_RESIZE_PILLOW,              /* ResizeTransform on uint8 */   \
        .size_rule = DET_SIZE_HALF_UP,        /* ResizeShortestEdge */         \
        .min_size = 800, .max_size = 1333,    /* INPUT.*_SIZE_TEST */          \
        .bgr = true, .unit = 1.0f,            /* INPUT.FORMAT "BGR" */         \
        .mean = {103.53f, 116.28f, 123.675f}, /* MODEL.PIXEL_MEAN */           \
        .std = {1.0f, 1.0f, 1.0f},            /* MODEL.PIXEL_STD */            \
        .pads_single_map = false,             /* size_divisibility 0 */        \
        .delta_size_limit = DET_DELTA_SIZE_LIMIT, /* Box2BoxTransform */       \
        .box_delta_weights = {10, 10, 5, 5},      /* BBOX_REG_WEIGHTS */       \
        .anchor_rule = DET_ANCHORS_EXACT, .anchor_order = DET_ANCHORS_BY_SIZE, \
    .anchor_stride = DET_STRIDE_OF_LEVEL, .pre_nms_fpn = 1000,                 \
    .post_nms_fpn = 1000, /* Base-RCNN-FPN.yaml */                             \
        .pre_nms_single = 6000, .post_nms_single = 1000, /* RPN.*_TOPK_TEST */ \
        .rpn_nms_threshold = 0.7,                                              \
    .rpn_min_size = 0.0f,               /* PROPOSAL_GENERATOR.MIN_SIZE */      \
        .rpn_min_size_exclusive = true, /* Boxes.nonempty: > */                \
        .rpn_ranks_by_logit = true,     /* find_top_rpn_proposals */           \
        .roi_aligned = true, .roi_sampling = 0, /* ROIAlignV2, ratio 0 */      \
        .level_rule = DET_LEVEL_DETECTRON2,     /* assign_boxes_to_levels */   \
        .roi_scale_inferred = false, .background_first = false,                \
    .background_has_deltas = false, .score_threshold = 0.05f,                  \
    .nms_threshold = 0.5, .max_detections = 100, .min_box_size = 0.0f,         \
    .paste = DET_PASTE_DETECTRON2

/* Sources: py-faster-rcnn lib/fast_rcnn/{config,test,bbox_transform,train}.py,
 * lib/rpn/{generate_anchors,proposal_layer}.py, lib/nms/nms_kernel.cu,
 * lib/datasets/coco.py; Caffe's fork, roi_pooling_layer.cpp; prototxt/
 * ResNet-50-deploy.prototxt of deep-residual-networks; MNC's models/VGG16/
 * mnc_5stage and lib/pylayer/stage_bridge_layer.py.  A threshold compared with
 * float32 numbers is a float32 number there. */
#define CAFFE                                                                  \
    .resize = DET_RESIZE_OPENCV,           /* _get_image_blob: floats... */    \
        .size_rule = DET_SIZE_ONE_FACTOR,  /* ...fx = fy = im_scale */         \
        .min_size = 600, .max_size = 1000, /* TEST.SCALES, TEST.MAX_SIZE */    \
        .bgr = true, .unit = 1.0f,         /* cv2.imread */                    \
        .mean = {102.9801f, 115.9465f, 122.7717f}, /* PIXEL_MEANS */           \
        .std = {1.0f, 1.0f, 1.0f},                                             \
    .pads_single_map = false,              /* im_list_to_blob, one image */    \
        .stem_pool = DET_STEM_POOL_CEIL,   /* pool1; pooling_layer.cpp */      \
        .box_counting = DET_BOX_INCLUSIVE, /* bbox_transform_inv: + 1.0 */     \
        .delta_size_limit = INFINITY,      /* bbox_transform_inv: np.exp */    \
        .box_delta_weights = {1, 1, 1, 1}, /* train.py: snapshot */            \
        .anchor_rule =                                                         \
            DET_ANCHORS_OF_BASE, /* generate_anchors(base_size=16) */          \
        .anchor_order = DET_ANCHORS_BY_RATIO, /* _ratio_enum, _scale_enum */   \
        .anchor_stride = DET_STRIDE_OF_LEVEL, /* feat_stride: 16 */            \
        .pre_nms_fpn = 6000, .post_nms_fpn = 300,       /* as for one map */   \
        .pre_nms_single = 6000, .post_nms_single = 300, /* RPN_*_NMS_TOP_N */  \
        .rpn_nms_threshold = (double)0.7f,   /* TEST.RPN_NMS_THRESH */         \
        .rpn_min_size = 16.0f,               /* TEST.RPN_MIN_SIZE... */        \
        .rpn_min_size_exclusive = false,     /* _filter_boxes: >= */           \
        .rpn_min_size_in_photo = true,       /* ...* im_info[2] */             \
        .rpn_filters_first = true,           /* forward: 3, then 4 and 5 */    \
        .rpn_ranks_by_logit = false,         /* rpn_cls_prob */                \
        .roi_kind = DET_ROI_POOL,            /* roi_pool5 */                   \
        .level_rule = DET_LEVEL_TORCHVISION, /* there is one level */          \
        .roi_scale_inferred = false,         /* spatial_scale: 0.0625 */       \
        .background_first = true, .background_has_deltas = true,               \
    .score_threshold = 0.05f,              /* test_net: thresh */              \
        .nms_threshold = (double)0.3f,     /* TEST.NMS */                      \
        .nms_batching = DET_NMS_PER_CLASS, /* test_net: for j in ... */        \
        .max_detections = 100,             /* max_per_image... */              \
        .max_detections_keeps_ties = true, /* ...scores >= image_thresh */     \
        .decodes_in_photo = true,          /* im_detect: rois / im_scales */   \
        .min_box_size = 0.0f,                                                  \
    .paste = DET_PASTE_TORCHVISION, /* it has no masks, but MNC: */            \
        .releases_cascade = true    /* mnc_5stage/test.prototxt */

/* Sources: Detectron detectron/core/{config,test}.py, utils/{blob,boxes}.py,
 * utils/cython_nms.pyx (which suppresses at the threshold, too: the numbers
 * here are the next smaller float32),
 * modeling/{FPN,generate_anchors,ResNet}.py, ops/generate_proposals.py,
 * configs/12_2017_baselines/e2e_*-FPN_*.yaml. */
#define DETECTRON                                                              \
    .resize = DET_RESIZE_OPENCV,           /* blob.py prep_im_for_blob: ... */ \
        .size_rule = DET_SIZE_ONE_FACTOR,  /* ...floats, fx = fy = im_scale */ \
        .min_size = 800, .max_size = 1333, /* TEST.SCALE, TEST.MAX_SIZE */     \
        .bgr = true, .unit = 1.0f,         /* cv2.imread */                    \
        .mean = {102.9801f, 115.9465f, 122.7717f}, /* PIXEL_MEANS */           \
        .std = {1.0f, 1.0f, 1.0f},                                             \
    .pads_single_map = false,              /* im_list_to_blob: FPN.FPN_ON */   \
        .stem_pool = DET_STEM_POOL_PADDED, /* pool1: pad=1 */                  \
        .box_counting = DET_BOX_INCLUSIVE, /* bbox_transform: + 1.0... */      \
        .decodes_last_pixel = true,        /* ...and pred_w - 1 */             \
        .delta_size_limit = DET_DELTA_SIZE_LIMIT, /* BBOX_XFORM_CLIP */        \
        .box_delta_weights = {10, 10, 5, 5},      /* BBOX_REG_WEIGHTS */       \
        .anchor_rule = DET_ANCHORS_OF_BASE,       /* generate_anchors */       \
        .anchor_order = DET_ANCHORS_BY_RATIO,                                  \
    .anchor_stride = DET_STRIDE_OF_LEVEL,          /* spatial_scale */         \
        .pre_nms_fpn = 1000, .post_nms_fpn = 1000, /* e2e_*-FPN_*.yaml */      \
        .pre_nms_single = 6000, .post_nms_single = 1000, /* e2e_*-C4_*.yaml */ \
        .rpn_nms_threshold = 0x1.666664p-1, /* TEST.RPN_NMS_THRESH 0.7 */      \
        .rpn_min_size = 1.0f,               /* _filter_boxes: x2 >= x1 */      \
        .rpn_min_size_exclusive = false,                                       \
    .rpn_filters_first = false,       /* 4 and 5, then 3 */                    \
        .rpn_clips_to_padding = true, /* get_image_blob: NOTE */               \
        .rpn_ranks_by_logit = false,  /* rpn_cls_probs */                      \
        .roi_kind = DET_ROI_ALIGN,    /* FAST_RCNN.ROI_XFORM_METHOD */         \
        .roi_aligned = false,                                                  \
    .roi_sampling = 2,                     /* ROI_XFORM_SAMPLING_RATIO */      \
        .level_rule = DET_LEVEL_DETECTRON, /* map_rois_to_fpn_levels */        \
        .roi_scale_inferred = false, .background_first = true,                 \
    .background_has_deltas = true,                                             \
    .score_threshold = 0.05f,           /* TEST.SCORE_THRESH */                \
        .nms_threshold = 0x1.fffffep-2, /* TEST.NMS 0.5 */                     \
        .nms_batching = DET_NMS_PER_CLASS,                                     \
    .max_detections = 100,                 /* TEST.DETECTIONS_PER_IM... */     \
        .max_detections_keeps_ties = true, /* ...scores >= image_thresh */     \
        .decodes_in_photo = true,          /* im_detect_bbox: rois / scale */  \
        .min_box_size = 0.0f,                                                  \
    .paste = DET_PASTE_TORCHVISION /* segm_results: the same rule */

static const struct det_preset preset_table[] = {
    /* torch multiplies by the float32 reciprocal of the side: 480 -> 800,
     * 375 x 500 -> 799 x 1066 (torchvision up to 0.14 and all scripted). */
    {.name = "torchvision", .size_rule = DET_SIZE_FLOOR_FLOAT, TORCHVISION},
    /* Today's eager torchvision: 375 x 500 -> 800 x 1066. */
    {.name = "torchvision-double",
     .size_rule = DET_SIZE_FLOOR_DOUBLE,
     TORCHVISION},
    {.name = "detectron2", DETECTRON2},
    {.name = "caffe", CAFFE},
    {.name = "detectron", DETECTRON},
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
