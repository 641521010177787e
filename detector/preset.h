/* SPDX-License-Identifier: MIT */
/*
 * Presets: every rule in which the systems differ whose weights people have.
 * One row of preset_table.c is one system; each number there has its source.
 */
#ifndef DETECTOR_PRESET_H
#define DETECTOR_PRESET_H

#include "backbone/resnet.h"
#include "compute/ops.h"
#include "geometry/box_delta.h"
#include "geometry/nms.h"
#include "geometry/paste_axis.h"
#include "roi/roi_levels.h"
#include "rpn/anchors.h"

/* How the size of the resized photo is computed from the scale. */
enum det_size_rule {
    DET_SIZE_FLOOR_FLOAT,  /* torchvision before it used Python floats */
    DET_SIZE_FLOOR_DOUBLE, /* torchvision of today, eager */
    DET_SIZE_HALF_UP,      /* Detectron2: int(x + 0.5) */
    DET_SIZE_ONE_FACTOR    /* py-faster-rcnn: one factor for both axes, by which
                              boxes return too; OpenCV rounds the sides */
};

/* How far apart the anchors of neighbouring places are. */
enum det_stride_rule {
    DET_STRIDE_OF_LEVEL,      /* the level's nominal stride */
    DET_STRIDE_IMAGE_OVER_MAP /* padded image side / map side, whole pixels */
};

struct det_preset {
    const char *name;

    /* photo -> network input */
    enum det_resize_kind resize;
    enum det_size_rule size_rule;
    int32_t min_size, max_size; /* shorter and longer side, pixels */
    int32_t crop_size; /* classifiers see the middle square of such a side */
    bool bgr;
    float unit; /* pixels are divided by it before mean and std */
    float mean[3], std[3];
    bool pads_single_map; /* maps that are no pyramid are padded like FPN */

    enum det_stem_pool stem_pool;

    /* boxes: how sides count when deltas are decoded and boxes compared; an
     * inclusive box is clipped to the last pixel and reported with + 1 */
    enum det_box_counting box_counting;
    bool decodes_last_pixel; /* x2 and y2 of decoded boxes are 1 less */
    float delta_size_limit; /* of dw and dh; INFINITY: none */
    struct det_delta_weights box_delta_weights; /* the box head's deltas are
                                                   divided by them */

    /* anchors */
    enum det_anchor_rule anchor_rule;
    enum det_anchor_order anchor_order;
    enum det_stride_rule anchor_stride;

    /* proposals: *_fpn per level and in all, *_single for C4 and DC5 */
    int32_t pre_nms_fpn, post_nms_fpn;
    int32_t pre_nms_single, post_nms_single;
    double rpn_nms_threshold; /* IoU; double, as the references compare */
    float rpn_min_size;
    bool rpn_min_size_exclusive;
    bool rpn_min_size_in_photo; /* pixels of the photo, not of the input */
    bool rpn_filters_first;     /* by that size, then the best pre_nms */
    bool rpn_clips_to_padding;  /* not to the photo in the padded input */
    bool rpn_ranks_by_logit; /* else by its sigmoid */

    /* RoIs */
    enum det_roi_kind roi_kind;
    bool roi_aligned;
    int32_t roi_sampling;
    enum det_level_rule level_rule;
    bool roi_scale_inferred; /* from the first map's height (torchvision) */

    /* detections */
    bool background_first; /* column 0; else the last column */
    bool background_has_deltas;
    float score_threshold;
    double nms_threshold;
    enum det_nms_batching nms_batching;
    int32_t max_detections;
    bool max_detections_keeps_ties; /* of the last one's score */
    bool decodes_in_photo; /* RoIs return to the photo before they are decoded,
                              not the decoded boxes; with DET_SIZE_ONE_FACTOR */
    float min_box_size;

    /* masks */
    enum det_paste_rule paste;
    bool releases_cascade; /* MNC's inference net, which is not quite the one
                              that was trained: RoIs are moved as background,
                              too, and warped to 14 x 14 in one step */
};

/* The preset of a name, or NULL. */
const struct det_preset *det_preset_find(const char *name);

/* Names in table order; NULL past the last. */
const char *det_preset_name(size_t index);

#endif
