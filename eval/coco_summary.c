/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "eval/coco_scores.h"

static const struct det_coco_number numbers[DET_COCO_NUMBERS] = {
    {false, -1, "all", 2},   {false, 0.5, "all", 2},   {false, 0.75, "all", 2},
    {false, -1, "small", 2}, {false, -1, "medium", 2}, {false, -1, "large", 2},
    {true, -1, "all", 0},    {true, -1, "all", 1},     {true, -1, "all", 2},
    {true, -1, "small", 2},  {true, -1, "medium", 2},  {true, -1, "large", 2},
};

const struct det_coco_number *det_coco_summary(size_t index)
{
    return index < DET_COCO_NUMBERS ? &numbers[index] : NULL;
}

/* The mean of what is not -1. */
struct mean {
    long double sum; /* a million cells lose no digit */
    size_t count;
};

static void add(struct mean *mean, double value)
{
    if (value <= -1)
        return;
    mean->sum += value;
    mean->count++;
}

static void add_cell(struct mean *mean, const struct det_coco_scores *s,
                     bool is_recall, size_t t, size_t k, size_t a, size_t m)
{
    if (is_recall) {
        add(mean, s->recall[det_recall_at(s, t, k, a, m)]);
        return;
    }
    for (size_t r = 0; r < DET_EVAL_RECALLS; r++)
        add(mean, s->precision[det_precision_at(s, t, r, k, a, m)]);
}

static double mean_of(const struct det_coco_scores *s,
                      const struct det_coco_number *number, size_t first,
                      size_t end)
{
    const struct det_coco_protocol *p = &s->protocol;
    struct mean mean = {0};
    size_t a = 0;
    while (a < p->num_areas && strcmp(p->areas[a].name, number->area) != 0)
        a++;
    if (a == p->num_areas || number->limit >= p->num_limits)
        return -1;
    for (size_t t = 0; t < p->num_ious; t++)
        if (number->iou < 0 || p->ious[t] == number->iou)
            for (size_t k = first; k < end; k++)
                add_cell(&mean, s, number->is_recall, t, k, a, number->limit);
    return mean.count ? (double)(mean.sum / (long double)mean.count) : -1;
}

double det_coco_mean(const struct det_coco_scores *scores,
                     const struct det_coco_number *number)
{
    return mean_of(scores, number, 0, scores->num_categories);
}

double det_coco_category_mean(const struct det_coco_scores *scores,
                              const struct det_coco_number *number, size_t k)
{
    return mean_of(scores, number, k, k + 1);
}
