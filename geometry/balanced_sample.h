/* SPDX-License-Identifier: MIT */
/* A few matches out of many, objects and background in a fixed proportion.
 * Source: torchvision models/detection/_utils.py
 * BalancedPositiveNegativeSampler. */
#ifndef GEOMETRY_BALANCED_SAMPLE_H
#define GEOMETRY_BALANCED_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

struct det_balanced_sample {
    int32_t limit;   /* chosen at most */
    double positive; /* part of them that may be objects; background takes the
                        room that they leave */
};

/* Choose by chance among matches [count] (see geometry/box_match.h): indices
 * of objects, rising, then of background, rising, into chosen [limit]; returns
 * how many, *positives of them objects.  `scratch` is [count]. */
int32_t det_balanced_sample(int32_t *chosen, int32_t *positives,
                            const struct det_balanced_sample *config,
                            const int32_t *matches, size_t count,
                            int32_t *scratch, struct det_random *random);

#endif
