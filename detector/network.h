/* SPDX-License-Identifier: MIT */
/* The whole network of an architecture: all layers, in the order of the data's
 * way through them.  Written once; loading, inference and training use it. */
#ifndef DETECTOR_NETWORK_H
#define DETECTOR_NETWORK_H

#include "detector/architecture.h"
#include "detector/preset.h"
#include "maskseg/mask_head.h"
#include "maskseg/mnc_head.h"
#include "roi/box_predictor.h"
#include "rpn/anchors.h"
#include "rpn/rpn_head.h"

/* At each place, of each class. */
enum { DET_LOCALIZER_ANCHORS = 9 };

struct det_network_config {
    const struct det_architecture *architecture;
    const struct det_preset *preset;
    float norm_eps;
    int32_t num_scores; /* of the box predictor, background among them; of a
                           classifier and its like its classes */
    int32_t num_delta_classes;
    bool context;        /* the whole image's features beside each region's */
    int32_t num_anchors; /* at each place, where the file decides; 0: as most
                            files have */
};

struct det_network {
    const struct det_architecture *architecture;
    struct det_backbone backbone;
    struct det_rpn_head rpn_head;
    int num_anchor_levels;
    struct det_cell_anchors anchors[DET_MAX_LEVELS];
    int32_t num_scores, num_delta_classes; /* of regions; a localizer's classes
                                              are num_scores */
    int32_t box_side, mask_side;           /* P of the pooled RoIs */
    struct det_box_head box_head;
    bool context; /* see detector/image_context.h */
    struct det_box_predictor box_predictor;
    struct det_mask_head mask_head;
    struct det_mnc_head mnc_head; /* of a cascade, which has none of the above
                                     but the RPN's */
    struct det_conv_layer fc;     /* of a classifier */
    /* A localizer has the backbone and the RPN's head, with anchors of each
     * class; a rescorer the backbone and the box predictor. */
};

det_status det_network_init(struct det_network *network,
                            const struct det_network_config *config,
                            struct det_message *message);
void det_network_destroy(struct det_network *network);

/* Every layer, with torchvision's names; conv5_x of C4 is
 * roi_heads.box_head.layer4. */
det_status det_network_visit_layers(struct det_network *network,
                                    const struct det_layer_visitor *visitor);

/* Every parameter. */
det_status det_network_visit_parameters(struct det_network *network,
                                        det_parameter_fn visit, void *user);

#endif
