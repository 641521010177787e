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

#ifdef GOLDEN_MASK_RESIZE
struct golden_mask_resize {
    const char *name;
    int32_t n, h, w, c, out_h, out_w;
    struct named_sums out, in;
};

static const struct golden_mask_resize golden_mask_resize[] = {
    {"mask_21_to_14", 5, 21, 21, 1, 14, 14,
     {-12.662692401688068, 329.64794325828552},
     {1.8433105649085442, 485.16369104385376}},
    {"mask_odd", 2, 7, 10, 3, 9, 4,
     {3.8268438763658201, 70.618957552644943},
     {4.4042723034607549, 73.941009031401734}},
    {"mask_larger", 2, 3, 1, 2, 8, 5,
     {-1.7979427304162385, 29.095968157052994},
     {6.5112908717760298, 16.714989095926285}},
    {"mask_same", 1, 6, 5, 1, 6, 5,
     {1.0193672458130152, 13.395511746406555},
     {0.75151843624516346, 17.171166777610779}},
};
#endif

#ifdef GOLDEN_MASK_POOLING
struct golden_mask_pooling {
    const char *name;
    int32_t n, h, w, c;
    struct named_sums out, features, mask;
};

static const struct golden_mask_pooling golden_mask_pooling[] = {
    {"pool_14", 3, 14, 14, 8,
     {2.171578506958697, 1165.1562791508118},
     {-9.3017465062495326, 1168.8711880463907},
     {-29.747304809036315, 432.03549862217955}},
    {"pool_odd", 2, 5, 1, 3,
     {1.0728671452275051, 8.7718601843977098},
     {0.60647864272131724, 6.5033092942132527},
     {0.59598511941707133, 3.8879785416141175}},
};
#endif

#ifdef GOLDEN_STAGE_BRIDGE
struct golden_stage_bridge {
    const char *name;
    int32_t objects_only;
    struct named_sums out, boxes, deltas;
};

static const struct golden_stage_bridge golden_stage_bridge[] = {
    {"bridge_any", 0,
     {-74.099581238512982, 1044.7841020475473},
     {-2.6461674597816556, 24.897460409187815},
     {-0.044237642805624589, 30.413986850945978}},
    {"bridge_objects", 1,
     {-6.4480813558574841, 1372.644219791202},
     {1.01886459590252, 20.106460266155128},
     {-1.2715146584086381, 23.880264668312364}},
};
#endif

#endif
