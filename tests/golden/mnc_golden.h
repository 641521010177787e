/* SPDX-License-Identifier: MIT */
/* Made by tools/golden/mnc.py with torch 1.13.0a0; do not edit. */
#ifndef TESTS_MNC_GOLDEN_H
#define TESTS_MNC_GOLDEN_H

#include <stdint.h>

#include "tests/named_numbers.h"

#ifdef GOLDEN_ROI_WARP
static const float golden_warp_boxes[] = {
    8, 8, 40, 32,
    0, 0, 72, 56,
    -20, -12, 30, 20,
    60, 40, 100, 90,
    200, 200, 240, 230,
    24, 24, 24, 24,
    30, 20, 36, 20,
    40, 30, 20, 10,
    13.5f, 17.25f, 14, 17.5f,
    -100, -100, 200, 200,
    4, 4, 12, 12,
    -8, -8, -6, -6,
    70, 4, 72, 56,
    12, 4, 20, 44,
};

struct golden_roi_warp {
    const char *name;
    int32_t n, h, w, c, side;
    float scale;
    struct named_sums out, map, boxes;
};

static const struct golden_roi_warp golden_roi_warp[] = {
    {"warp_small", 1, 7, 9, 3, 4, 0.125f,
     {-1.5479884520031124, 200.4815055206418},
     {-6.9781090341301386, 68.545638620853424},
     {0.22312122809175525, 5.9505497028706813}},
    {"warp_images", 3, 14, 18, 5, 7, 0.25f,
     {6.18745797431606, 830.74075918051676},
     {-0.082305453668868545, 370.14014122680749},
     {-1.3399488386558955, 27.162678787840157}},
    {"warp_odd", 2, 5, 3, 2, 14, 0.0625f,
     {14.495359810143691, 1449.1854527726464},
     {11.091199426870462, 136.8134209221723},
     {-0.4144450890896122, 4.85505601060503}},
    {"warp_point", 1, 1, 1, 2, 3, 0.0625f,
     {-1.654823366107621, 15.720760703086853},
     {-0.88175396413247142, 3.0171272754669189},
     {0, 0}},
};
#endif

#endif
