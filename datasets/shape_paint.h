/* SPDX-License-Identifier: MIT */
/* What generated scenes are painted with: colours in patterns, and noise. */
#ifndef DATASETS_SHAPE_PAINT_H
#define DATASETS_SHAPE_PAINT_H

#include "base/random.h"

enum det_pattern {
    DET_PATTERN_PLAIN,
    DET_PATTERN_GRADIENT,
    DET_PATTERN_STRIPES,
    DET_PATTERN_CHECKER,
    DET_PATTERN_DOTS,
    DET_PATTERN_CLOUDS,
    DET_PATTERNS
};

/* Two colours, red, green and blue of 0..1, and how they alternate. */
struct det_paint {
    enum det_pattern pattern;
    float first[3], second[3];
    float along[2];  /* unit vector, divided by the period: 1 / pixels */
    uint64_t seed;   /* of clouds */
    float roughness; /* of fine noise on top */
};

/* A paint with a pattern of `period` pixels whose colours are near `colour`. */
struct det_paint det_paint_random(struct det_random *random,
                                  const float colour[3], float period);

/* The colour at a place. */
void det_paint_at(float out[3], const struct det_paint *paint, float x,
                  float y);

/* Smooth noise of one octave at a place of a lattice of step 1: 0..1. */
float det_lattice_noise(uint64_t seed, float x, float y);

#endif
