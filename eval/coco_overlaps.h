/* SPDX-License-Identifier: MIT */
/* Which found objects of an image could match which true ones. */
#ifndef EVAL_COCO_OVERLAPS_H
#define EVAL_COCO_OVERLAPS_H

#include "datasets/coco_results.h"
#include "eval/coco_protocol.h"

/* A found object and a true one of its image with an IoU that some threshold
 * accepts. */
struct det_candidate {
    uint32_t truth; /* among the true ones of the category */
    double iou;
};

/* What is compared of an object. */
struct det_shape {
    double box[4]; /* x, y, w, h; of a mask: around its foreground */
    double area;   /* of the box or mask itself */
    bool is_crowd;
    struct det_rle mask; /* when masks are compared */
};

/* IoU of a found object with a true one; a crowd's is the found object's share
 * inside it.  Sources: cocoapi common/maskApi.c bbIou and rleIou. */
double det_shape_iou(const struct det_shape *found,
                     const struct det_shape *truth, bool masks);

/* The shapes; a mask is drawn in its image's size. */
struct det_shape_maker {
    enum det_eval_task task;
    bool results_have_boxes; /* as the first result says */
    struct det_segmentation_scratch scratch;
    struct det_message *message;
};

det_status det_shape_of_truth(struct det_shape *out,
                              struct det_shape_maker *maker,
                              const struct det_dataset *dataset,
                              const struct det_annotation *annotation);
det_status det_shape_of_found(struct det_shape *out,
                              struct det_shape_maker *maker,
                              const struct det_dataset *dataset,
                              const struct det_found_object *object);

#endif
