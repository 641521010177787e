/* SPDX-License-Identifier: MIT */
#include "geometry/rle.h"

/* Foreground columns x1..x2 and rows y1..y2, the ends included. */
struct bounds {
    uint64_t x1, y1, x2, y2;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void include_run(struct bounds *bounds, uint64_t first, uint64_t last,
                        uint64_t height)
{
    const uint64_t x1 = first / height;
    const uint64_t x2 = last / height;
    bounds->x1 = smaller(bounds->x1, x1);
    bounds->x2 = greater(bounds->x2, x2);
    if (x1 < x2) {
        bounds->y1 = 0;
        bounds->y2 = height - 1;
    } else {
        bounds->y1 = smaller(bounds->y1, first % height);
        bounds->y2 = greater(bounds->y2, last % height);
    }
}

struct det_rle_box det_rle_bounding_box(const det_mask *mask)
{
    struct bounds bounds = {UINT64_MAX, UINT64_MAX, 0, 0};
    uint64_t position = 0;
    for (size_t i = 0; mask->height > 0 && i < mask->count; i++) {
        const uint64_t end = position + mask->counts[i];
        if (i % 2 == 1 && end > position)
            include_run(&bounds, position, end - 1, (uint64_t)mask->height);
        position = end;
    }
    if (bounds.x1 > bounds.x2)
        return (struct det_rle_box){0};
    return (struct det_rle_box){
        .x = (int32_t)bounds.x1,
        .y = (int32_t)bounds.y1,
        .w = (int32_t)(bounds.x2 - bounds.x1 + 1),
        .h = (int32_t)(bounds.y2 - bounds.y1 + 1),
    };
}

static bool boxes_overlap(struct det_rle_box a, struct det_rle_box b)
{
    return a.w > 0 && b.w > 0 && a.x < b.x + b.w && b.x < a.x + a.w &&
           a.y < b.y + b.h && b.y < a.y + a.h;
}

/* A place in a mask: `left` more pixels of `value`. */
struct cursor {
    const det_mask *mask;
    size_t next; /* run */
    uint32_t left;
    bool value;
};

/* Go to the next run that is not empty, if this one is used up. */
static void advance(struct cursor *cursor)
{
    while (cursor->left == 0 && cursor->next < cursor->mask->count) {
        cursor->value = cursor->next % 2 == 1;
        cursor->left = cursor->mask->counts[cursor->next++];
    }
}

struct overlap {
    uint64_t intersection; /* pixels */
    uint64_t set_union;
};

static struct overlap count_overlap(const det_mask *a, const det_mask *b)
{
    struct overlap overlap = {0};
    struct cursor ca = {.mask = a};
    struct cursor cb = {.mask = b};
    for (;;) {
        advance(&ca);
        advance(&cb);
        const uint32_t length = (uint32_t)smaller(ca.left, cb.left);
        if (length == 0)
            return overlap; /* both end here, being of the same size */
        if (ca.value || cb.value)
            overlap.set_union += length;
        if (ca.value && cb.value)
            overlap.intersection += length;
        ca.left -= length;
        cb.left -= length;
    }
}

double det_rle_iou(const det_mask *detection, const det_mask *truth,
                   bool is_crowd)
{
    if (!boxes_overlap(det_rle_bounding_box(detection),
                       det_rle_bounding_box(truth)))
        return 0;
    if (detection->width != truth->width || detection->height != truth->height)
        return -1;
    const struct overlap overlap = count_overlap(detection, truth);
    if (overlap.intersection == 0)
        return 0;
    const uint64_t divisor =
        is_crowd ? det_mask_area(detection) : overlap.set_union;
    return (double)overlap.intersection / (double)divisor;
}
