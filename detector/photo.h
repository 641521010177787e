/* SPDX-License-Identifier: MIT */
/* One photo of those that go through a pipeline: what is known of it, and the
 * stages that each photo has for itself. */
#ifndef DETECTOR_PHOTO_H
#define DETECTOR_PHOTO_H

#include "detector/box_stage.h"
#include "detector/cascade_stage.h"
#include "detector/pipeline.h"
#include "detector/trunk.h"

struct det_photo {
    const struct det_pipeline *pipeline;
    const det_pixels *pixels;
    int32_t index; /* its image in the trunks' maps */
    struct det_trunk_sizes sizes;
    struct det_proposal_search searches[DET_MOST_MEMBERS];
    struct det_proposals proposals; /* of all members */
    struct det_roi_source sources[DET_MOST_MEMBERS];
    struct det_detection_search detections;
    struct det_mask_candidates candidates; /* of a cascade */
    struct det_pipeline_result *out;
};

/* Its sizes by the settings; photos of a batch are padded alike then... */
void det_photo_init(struct det_photo *photo,
                    const struct det_pipeline *pipeline,
                    const det_pixels *pixels, int32_t index);

/* ...and where its result goes. */
void det_photo_begin(struct det_photo *photo, struct det_pipeline_result *out);

/* Member m looks at this trunk's maps. */
void det_photo_source(struct det_photo *photo, int m,
                      const struct det_trunk *trunk);

/* What member m's RPN says of the photos' maps, level by level, begins to
 * become proposals, which after a det_wait are there: the union of all
 * members'. */
det_status det_photo_propose(struct det_photo *photo, int m,
                             const struct det_feature_maps *features,
                             const struct det_rpn_output *said);
det_status det_photo_take_proposals(struct det_photo *photo);

/* Proposals begin to become detections, which after a det_wait are there. */
det_status det_photo_look_at_rois(struct det_photo *photo);
det_status det_photo_take_detections(struct det_photo *photo);

/* Detections get masks, of the device; `given` ones are on the host. */
det_status det_photo_find_masks(struct det_photo *photo);

#endif
