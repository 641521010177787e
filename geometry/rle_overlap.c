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

/* A run of foreground pixels; the next run of 0s is counts[next]. */
struct run {
    const det_mask *mask;
    size_t next;
    uint64_t begin, end;
};

/* Go to the next foreground run; false behind the last. */
static bool next_run(struct run *run)
{
    const det_mask *mask = run->mask;
    if (run->next + 1 >= mask->count)
        return false;
    run->begin = run->end + mask->counts[run->next];
    run->end = run->begin + mask->counts[run->next + 1];
    run->next += 2;
    return true;
}

uint64_t det_rle_intersection(const det_mask *a, const det_mask *b)
{
    uint64_t pixels = 0;
    struct run ra = {.mask = a}, rb = {.mask = b};
    bool more = next_run(&ra) && next_run(&rb);
    while (more) {
        const uint64_t begin = greater(ra.begin, rb.begin);
        const uint64_t end = smaller(ra.end, rb.end);
        pixels += end > begin ? end - begin : 0;
        more = next_run(ra.end < rb.end ? &ra : &rb);
    }
    return pixels;
}

double det_rle_iou(const det_mask *detection, const det_mask *truth,
                   bool is_crowd)
{
    if (!boxes_overlap(det_rle_bounding_box(detection),
                       det_rle_bounding_box(truth)))
        return 0;
    if (detection->width != truth->width || detection->height != truth->height)
        return -1;
    const uint64_t both = det_rle_intersection(detection, truth);
    if (both == 0)
        return 0;
    const uint64_t found = det_mask_area(detection);
    const uint64_t divisor =
        is_crowd ? found : found + det_mask_area(truth) - both;
    return (double)both / (double)divisor;
}
