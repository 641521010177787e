/* SPDX-License-Identifier: MIT */
/* The inputs behind geometry_golden.h: the same numbers, bit by bit, as
 * tools/golden/geometry.py makes.  Change the two together. */
#ifndef TESTS_GEOMETRY_INPUTS_H
#define TESTS_GEOMETRY_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "geometry/box.h"

struct random_numbers {
    uint32_t state;
};

static inline uint32_t random_bits(struct random_numbers *random)
{
    random->state = random->state * 1664525u + 1013904223u;
    return random->state >> 8;
}

static inline float random_uniform(struct random_numbers *random, float low,
                                   float high)
{
    return (float)random_bits(random) * 0x1p-24f * (high - low) + low;
}

static inline void random_boxes(struct random_numbers *random,
                                struct det_box *boxes, size_t count,
                                float extent, float side)
{
    for (size_t i = 0; i < count; i++) {
        const float x1 = random_uniform(random, 0, extent);
        const float y1 = random_uniform(random, 0, extent);
        const float w = random_uniform(random, 1, side);
        const float h = random_uniform(random, 1, side);
        boxes[i] = (struct det_box){x1, y1, x1 + w, y1 + h};
    }
}

/* Multiples of 1 / levels, so that there are ties. */
static inline void random_scores(struct random_numbers *random, float *scores,
                                 size_t count, uint32_t levels)
{
    for (size_t i = 0; i < count; i++)
        scores[i] = (float)(random_bits(random) % levels) / (float)levels;
}

static inline void random_classes(struct random_numbers *random,
                                  int32_t *classes, size_t count,
                                  uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        classes[i] = (int32_t)(random_bits(random) % number);
}

#endif
