/* SPDX-License-Identifier: MIT */
#include "eval/agreement.h"

#include <math.h>
#include <stdlib.h>

static const double max_score = 1e-3, max_side = 0.1, min_iou = 0.99;

void det_found_list_destroy(struct det_found_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        det_rle_destroy(&list->items[i].mask);
    free(list->items);
    *list = (struct det_found_list){0};
}

double det_found_distance(const struct det_found *a, const struct det_found *b)
{
    double worst = 0.0;
    for (int i = 0; i < 4; i++)
        worst = fmax(worst, fabs(a->box[i] - b->box[i]));
    return worst;
}

double det_found_mask_iou(const struct det_found *a, const struct det_found *b)
{
    const det_mask x = det_rle_view(&a->mask), y = det_rle_view(&b->mask);
    if (!a->has_mask && !b->has_mask)
        return 1.0;
    if (a->has_mask != b->has_mask)
        return 0.0;
    if (det_mask_area(&x) == 0 && det_mask_area(&y) == 0)
        return 1.0;
    return det_rle_iou(&x, &y, false);
}

static bool same(const struct det_found *a, const struct det_found *b)
{
    return a->label == b->label && fabs(a->score - b->score) <= max_score &&
           det_found_distance(a, b) <= max_side &&
           det_found_mask_iou(a, b) >= min_iou;
}

static const struct det_found *find_nearest(const struct det_found *a,
                                            const struct det_found_list *ours)
{
    const struct det_found *nearest = NULL;
    for (size_t i = 0; i < ours->count; i++)
        if (ours->items[i].label == a->label &&
            (!nearest || det_found_distance(a, &ours->items[i]) <
                             det_found_distance(a, nearest)))
            nearest = &ours->items[i];
    return nearest;
}

static struct det_found *find_match(const struct det_found *a,
                                    struct det_found_list *ours)
{
    for (size_t i = 0; i < ours->count; i++)
        if (!ours->items[i].used && same(a, &ours->items[i]))
            return &ours->items[i];
    return NULL;
}

void det_agreement_add(struct det_agreement *agreement,
                       const struct det_found_list *reference,
                       struct det_found_list *ours, det_miss_fn miss,
                       void *user)
{
    size_t matched = 0;
    for (size_t i = 0; i < reference->count; i++) {
        const struct det_found *a = &reference->items[i];
        struct det_found *b = find_match(a, ours);
        if (!b) {
            if (miss)
                miss(user, a, find_nearest(a, ours));
            continue;
        }
        b->used = true;
        matched++;
        agreement->worst_box =
            fmax(agreement->worst_box, det_found_distance(a, b));
        agreement->worst_score =
            fmax(agreement->worst_score, fabs(a->score - b->score));
    }
    agreement->reference += reference->count;
    agreement->matched += matched;
    agreement->extra += ours->count - matched;
}
