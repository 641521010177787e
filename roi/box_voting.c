/* SPDX-License-Identifier: MIT */
#include "roi/box_voting.h"

/* Weighted sums of the coordinates. */
struct tally {
    double x1, y1, x2, y2, weight;
};

static void count_vote(struct tally *t, struct det_box box, double weight)
{
    t->x1 += weight * (double)box.x1;
    t->y1 += weight * (double)box.y1;
    t->x2 += weight * (double)box.x2;
    t->y2 += weight * (double)box.y2;
    t->weight += weight;
}

static struct det_box vote(struct det_box box, int32_t label,
                           const struct det_nms_input *voters,
                           double iou_threshold, enum det_box_counting counting)
{
    const struct det_box outer = det_box_outer(box, counting);
    struct tally t = {0};
    for (size_t i = 0; i < voters->count; i++)
        if (voters->classes[i] == label &&
            (double)det_box_iou(outer,
                                det_box_outer(voters->boxes[i], counting)) >=
                iou_threshold)
            count_vote(&t, voters->boxes[i], (double)voters->scores[i]);
    if (!(t.weight > 0))
        return box;
    return (struct det_box){.x1 = (float)(t.x1 / t.weight),
                            .y1 = (float)(t.y1 / t.weight),
                            .x2 = (float)(t.x2 / t.weight),
                            .y2 = (float)(t.y2 / t.weight)};
}

void det_box_vote(struct det_box *boxes, const int32_t *labels, size_t count,
                  const struct det_nms_input *voters, double iou_threshold,
                  enum det_box_counting counting)
{
    for (size_t i = 0; i < count; i++)
        boxes[i] = vote(boxes[i], labels[i], voters, iou_threshold, counting);
}
