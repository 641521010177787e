/* SPDX-License-Identifier: MIT */
/*
 * What the head of multi-task network cascades learns beside its boxes
 * (roi/box_loss.h has those): the masks of objects, and the class of each mask.
 *
 * Source: MNC models/VGG16/mnc_5stage/train.prototxt loss_mask and
 * loss_seg_cls, lib/pylayer/mask_layer.py.
 */
#ifndef MASKSEG_MNC_LOSS_H
#define MASKSEG_MNC_LOSS_H

#include "compute/compute.h"
#include "maskseg/mnc_target.h"

struct det_mnc_loss_config {
    float mask_threshold; /* 0.4 */
    double least_overlap; /* mask IoU from which a mask is its object's: 0.5 */
    float mask_weight;    /* of the masks' loss: 2 */
    int32_t background;   /* label of what is no object */
};

/* R RoIs and what is true of them; not read while planning. */
struct det_mnc_truth {
    const struct det_box *boxes;       /* [R] */
    const struct det_true_mask *masks; /* [R]; pixels NULL: background */
    const int32_t *labels;             /* [R] of the boxes */
};

/* out[r]: the box's label where the predicted mask, one of masks [R, M, M, 1]
 * (0..1), overlaps the true one enough, else the background's. */
void det_mnc_mask_labels(int32_t *out, const struct det_mnc_loss_config *config,
                         const struct det_tensor *masks,
                         const struct det_mnc_truth *truth, int threads);

/* *loss += mask_weight * the binary cross-entropy of the logits [R, M, M, 1],
 * the mean over all places of the objects' masks; see compute/loss.h. */
det_status det_mnc_mask_loss(struct det_compute *compute, double *loss,
                             const struct det_mnc_loss_config *config,
                             const struct det_tensor *logits,
                             const struct det_mnc_truth *truth);

/* *loss += the cross-entropy of the masks' class logits [R, 1, 1, K] with the
 * labels [R] of det_mnc_mask_labels, the mean over the RoIs. */
det_status det_mnc_class_loss(struct det_compute *compute, double *loss,
                              const struct det_tensor *logits,
                              const int32_t *labels);

#endif
