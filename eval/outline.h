/* SPDX-License-Identifier: MIT */
/* The edge of a mask as a path for SVG. */
#ifndef EVAL_OUTLINE_H
#define EVAL_OUTLINE_H

#include <stdint.h>

#include "base/message.h"

/* Part of an image. */
struct det_region {
    int32_t x, y, w, h; /* pixels, w and h >= 1 */
};

/* The part of the mask in `region`, sampled on columns x rows cells: lines
 * between cells, "M1 2h3M4 2v1...", in cells.  *out is returned with free(),
 * "" when nothing is there.  A mask of more than 2^26 pixels has none. */
det_status det_outline_path(char **out, const det_mask *mask,
                            const struct det_region *region, int32_t columns,
                            int32_t rows, struct det_message *message);

#endif
