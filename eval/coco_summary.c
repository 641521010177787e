/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "eval/coco_scores.h"

/* ---------------------------------------------------------------- the lines */

struct lines {
    struct det_coco_number *out;
    size_t count;
    const struct det_coco_protocol *protocol;
};

/* "s" for small: COCO's names of ranges begin with different letters. */
static void add_line(struct lines *l, bool is_recall, double iou, size_t area,
                     size_t limit)
{
    struct det_coco_number *number = &l->out[l->count++];
    const struct det_coco_protocol *p = l->protocol;
    *number = (struct det_coco_number){
        .is_recall = is_recall, .iou = iou, .area = area, .limit = limit};
    char size[sizeof p->areas[0].name + 1] = "";
    if (area > 0)
        snprintf(size, sizeof size, "%.*s", p->num_areas == 4 ? 1 : 15,
                 p->areas[area].name);
    if (is_recall && (area == 0 || p->without_categories))
        snprintf(number->name, sizeof number->name, "AR%s%s%d", size,
                 area ? "@" : "", (int)p->max_detections[limit]);
    else if (iou >= 0)
        snprintf(number->name, sizeof number->name, "AP%d",
                 (int)(100 * iou + 0.5));
    else
        snprintf(number->name, sizeof number->name, "%s%s",
                 is_recall ? "AR" : "AP", size);
}

static bool has_iou(const struct det_coco_protocol *protocol, double iou)
{
    for (size_t t = 0; t < protocol->num_ious; t++)
        if (protocol->ious[t] == iou)
            return true;
    return false;
}

/* LVIS: rare, common and frequent categories. */
static void add_frequencies(struct lines *l, size_t last)
{
    static const char groups[] = "rcf";
    for (size_t i = 0; groups[i]; i++) {
        add_line(l, false, -1, 0, last);
        struct det_coco_number *number = &l->out[l->count - 1];
        number->frequency = groups[i];
        snprintf(number->name, sizeof number->name, "AP%c", groups[i]);
    }
}

static void add_precision(struct lines *l, size_t last)
{
    add_line(l, false, -1, 0, last);
    if (has_iou(l->protocol, 0.5))
        add_line(l, false, 0.5, 0, last);
    if (has_iou(l->protocol, 0.75))
        add_line(l, false, 0.75, 0, last);
    for (size_t a = 1; a < l->protocol->num_areas; a++)
        add_line(l, false, -1, a, last);
    if (l->protocol->federated)
        add_frequencies(l, last);
}

size_t det_coco_numbers(struct det_coco_number out[DET_COCO_MOST_NUMBERS],
                        const struct det_coco_protocol *protocol)
{
    const struct det_coco_protocol *p = protocol;
    struct lines lines = {.out = out, .protocol = p};
    const size_t last = p->num_limits - 1;
    if (!p->without_categories)
        add_precision(&lines, last);
    for (size_t m = 0; m < p->num_limits; m++)
        add_line(&lines, true, -1, 0, m);
    for (size_t a = 1; a < p->num_areas; a++)
        for (size_t m = p->without_categories ? 0 : last; m <= last; m++)
            add_line(&lines, true, -1, a, m);
    return lines.count;
}

/* ---------------------------------------------------------------- the means */

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
                     const struct det_coco_number *number, size_t t, size_t k)
{
    const size_t a = number->area, m = number->limit;
    if (number->is_recall) {
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
    for (size_t t = 0; t < p->num_ious; t++)
        if (number->iou < 0 || p->ious[t] == number->iou)
            for (size_t k = first; k < end; k++)
                if (!number->frequency ||
                    s->frequencies[k] == number->frequency)
                    add_cell(&mean, s, number, t, k);
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
