/* SPDX-License-Identifier: MIT */
/*
 * A candidate is compared with the boxes kept so far of its group (the class,
 * or everything), rather than a kept box with all that follow: the outcome is
 * the same, a hit ends the search early, and nothing is done past the limit.
 */
#include "geometry/nms.h"

#include <assert.h>

#include "geometry/nms_rule.h"
#include "geometry/score_order.h"

enum { BLOCK = 64 /* comparisons between two looks for a hit */ };

/* Arrays of kept boxes, one range of them for each group. */
struct kept_boxes {
    float *x1, *y1, *x2, *y2, *area; /* [count] */
    int32_t *start;                  /* [groups] */
    int32_t *count;                  /* [groups] */
    float longer;                    /* what sides are longer by */
};

struct workspace {
    uint64_t *order; /* [count] entries, best score first */
    uint64_t *spare; /* [count] */
    int32_t *group;  /* [count] of each box */
    struct kept_boxes kept;
};

/* 2 arrays of uint64_t, 3 of int32_t and 5 of float. */
size_t det_nms_scratch_size(size_t count)
{
    return count *
           (2 * sizeof(uint64_t) + 3 * sizeof(int32_t) + 5 * sizeof(float));
}

static struct workspace carve(void *scratch, size_t count)
{
    struct workspace work;
    work.order = scratch;
    work.spare = work.order + count;
    work.group = (int32_t *)(work.spare + count);
    work.kept.start = work.group + count;
    work.kept.count = work.kept.start + count;
    work.kept.x1 = (float *)(work.kept.count + count);
    work.kept.y1 = work.kept.x1 + count;
    work.kept.x2 = work.kept.y1 + count;
    work.kept.y2 = work.kept.x2 + count;
    work.kept.area = work.kept.y2 + count;
    return work;
}

static void make_one_group(const struct workspace *work, size_t count)
{
    for (size_t i = 0; i < count; i++)
        work->group[i] = 0;
    work->kept.start[0] = 0;
    work->kept.count[0] = 0;
}

/* Classes may be any numbers, so they are sorted to number the groups. */
static void group_by_class(const struct workspace *work, const int32_t *classes,
                           size_t count)
{
    uint64_t *entries = work->order;
    for (size_t i = 0; i < count; i++)
        entries[i] = det_order_entry((uint32_t)classes[i], i);
    det_order_sort(entries, work->spare, count);

    int32_t groups = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || entries[i] >> 32 != entries[i - 1] >> 32) {
            work->kept.start[groups] = (int32_t)i;
            work->kept.count[groups] = 0;
            groups++;
        }
        work->group[(uint32_t)entries[i]] = groups - 1;
    }
}

static void order_by_score(const struct workspace *work, const float *scores,
                           size_t count)
{
    for (size_t i = 0; i < count; i++)
        work->order[i] = det_order_entry(det_score_key(scores[i]), i);
    det_order_sort(work->order, work->spare, count);
}

/* The greatest coordinate of all, plus 1: what classes are moved apart by. */
static float offset_step(const struct det_nms_input *input)
{
    float greatest = -INFINITY;
    for (size_t i = 0; i < input->count; i++)
        greatest = det_box_max(greatest, det_box_greatest(input->boxes[i]));
    return greatest + 1;
}

/* Does `box` overlap one of the kept boxes from..to - 1 too much?  On arrays,
 * for the compiler to vectorise; a constant `inclusive` leaves nothing of
 * itself in the loop. */
static inline bool overlaps(const struct kept_boxes *kept, size_t from,
                            size_t to, struct det_box box, float threshold,
                            bool inclusive)
{
    const float *restrict x1 = kept->x1;
    const float *restrict y1 = kept->y1;
    const float *restrict x2 = kept->x2;
    const float *restrict y2 = kept->y2;
    const float *restrict areas = kept->area;
    const float area = det_nms_area(box, kept->longer);
    int hits = 0;
    for (size_t i = from; i < to; i++)
        hits |= det_nms_hits((struct det_box){x1[i], y1[i], x2[i], y2[i]},
                             areas[i], box, area, threshold, inclusive);
    return hits != 0;
}

static bool is_suppressed(const struct kept_boxes *kept, int32_t group,
                          struct det_box box, float threshold)
{
    const size_t start = (size_t)kept->start[group];
    const size_t end = start + (size_t)kept->count[group];
    for (size_t from = start; from < end; from += BLOCK) {
        const size_t to = end - from < BLOCK ? end : from + BLOCK;
        if (kept->longer > 0 ? overlaps(kept, from, to, box, threshold, true)
                             : overlaps(kept, from, to, box, threshold, false))
            return true;
    }
    return false;
}

static void keep_box(const struct kept_boxes *kept, int32_t group,
                     struct det_box box)
{
    const int32_t at = kept->start[group] + kept->count[group]++;
    kept->x1[at] = box.x1;
    kept->y1[at] = box.y1;
    kept->x2[at] = box.x2;
    kept->y2[at] = box.y2;
    kept->area[at] = det_nms_area(box, kept->longer);
}

/* Whether `score` comes too late for a list that is full. */
static bool is_past_limit(const struct det_nms_input *input,
                          const struct det_nms_options *options,
                          const int32_t *keep, size_t kept, float score)
{
    const size_t limit = options->limit;
    const bool full = limit > 0 && kept >= limit;
    return det_nms_is_past(limit, options->limit_keeps_ties, kept,
                           full ? input->scores[keep[limit - 1]] : 0.0f, score);
}

size_t det_nms(int32_t *keep, const struct det_nms_input *input,
               const struct det_nms_options *options, void *scratch)
{
    const size_t count = input->count;
    assert(count <= INT32_MAX);
    if (count == 0)
        return 0;
    struct workspace work = carve(scratch, count);
    work.kept.longer = (float)options->counting;
    const bool offsets =
        det_nms_uses_offsets(options->batching, input->classes != NULL, count);
    const float step = offsets ? offset_step(input) : 0;
    const float threshold = det_nms_threshold(options->iou_threshold);
    if (input->classes && !offsets)
        group_by_class(&work, input->classes, count);
    else
        make_one_group(&work, count);
    order_by_score(&work, input->scores, count);

    size_t kept = 0;
    for (size_t rank = 0; rank < count; rank++) {
        const uint32_t i = (uint32_t)work.order[rank];
        if (is_past_limit(input, options, keep, kept, input->scores[i]))
            break;
        struct det_box box = input->boxes[i];
        if (offsets)
            box = det_box_moved(box, (float)input->classes[i] * step);
        if (is_suppressed(&work.kept, work.group[i], box, threshold))
            continue;
        keep_box(&work.kept, work.group[i], box);
        keep[kept++] = (int32_t)i;
    }
    return kept;
}
