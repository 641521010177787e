/* SPDX-License-Identifier: MIT */
/*
 * LVIS, where not every category was looked for in every image (Gupta et al.
 * 2019; lvis-api lvis/eval.py and results.py).
 */
#ifndef EVAL_LVIS_H
#define EVAL_LVIS_H

#include "datasets/coco_results.h"

/* Which results [count] are judged, and how.  kept: among the `limit` best of
 * their image over all categories, and of a category that is in the image or
 * that was looked for there in vain.  loose: the category was not annotated
 * everywhere in the image, so that no match is no mistake.  As in lvis-api,
 * objects whose area is not above 0 do not exist. */
det_status det_lvis_filter(uint8_t *kept, uint8_t *loose,
                           const struct det_dataset *dataset,
                           const struct det_results *results, size_t limit,
                           struct det_message *message);

#endif
