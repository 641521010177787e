/* SPDX-License-Identifier: MIT */
#ifndef DETECTOR_RESULT_H
#define DETECTOR_RESULT_H

#include "detector/pipeline.h"
#include "geometry/rle.h"
#include "maskseg/mask_runs.h"

struct det_result {
    size_t count;
    det_detection *detections; /* [count] */
    struct det_rle *runs;      /* [count], or NULL without masks */
    det_mask *masks;           /* [count], views of runs */
    struct det_costs costs;
};

/* Boxes and masks in the pixels of `count` photos, of which only the sizes are
 * read; a device that has masks is waited for once for all of them, as far as
 * their bits fit a round (maskseg/mask_runs.h).  out, [count], is the caller's.
 * `paster` keeps memory between calls. */
det_status det_result_create_all(struct det_compute *compute, det_result **out,
                                 const struct det_pipeline_result *raw,
                                 const struct det_settings *settings,
                                 struct det_mask_paster *paster,
                                 const det_pixels *photos, int32_t count);

#endif
