/* SPDX-License-Identifier: MIT */
#include "eval/coco_accumulate.h"

#include <float.h>
#include <stdlib.h>

#include "base/memory.h"

det_status det_coco_curves_prepare(struct det_coco_curves *curves,
                                   const struct det_coco_category *category,
                                   struct det_message *message)
{
    const size_t count = category->num_found;
    if (count > curves->capacity) {
        DET_TRY(det_reallocate(&curves->scores, count, sizeof *curves->scores,
                               message));
        DET_TRY(det_reallocate(&curves->ranks, count, sizeof *curves->ranks,
                               message));
        DET_TRY(det_reallocate(&curves->precision, count,
                               sizeof *curves->precision, message));
        DET_TRY(det_reallocate(&curves->positions, count,
                               sizeof *curves->positions, message));
        curves->capacity = count;
    }
    for (size_t i = 0; i < count; i++) {
        const struct det_coco_found *found = &category->found[i];
        curves->scores[found->position] = found->score;
        curves->ranks[found->position] = found->rank;
    }
    return DET_OK;
}

void det_coco_curves_destroy(struct det_coco_curves *curves)
{
    free(curves->scores);
    free(curves->ranks);
    free(curves->precision);
    free(curves->positions);
    *curves = (struct det_coco_curves){0};
}

/* Precision changes upwards only at true positives, so that these are all of
 * the curve.  Returns how many there are. */
static size_t trace(struct det_coco_curves *curves, const uint8_t *outcomes,
                    size_t count, uint32_t limit)
{
    size_t hits = 0, misses = 0;
    for (size_t i = 0; i < count; i++) {
        if (curves->ranks[i] >= limit || outcomes[i] == DET_IGNORED)
            continue;
        if (outcomes[i] == DET_FALSE_POSITIVE) {
            misses++;
            continue;
        }
        curves->positions[hits] = (uint32_t)i;
        hits++;
        curves->precision[hits - 1] =
            (double)hits / ((double)(misses + hits) + DBL_EPSILON);
    }
    for (size_t i = hits; i-- > 1;)
        if (curves->precision[i] > curves->precision[i - 1])
            curves->precision[i - 1] = curves->precision[i];
    return hits;
}

void det_coco_accumulate(struct det_coco_scores *out,
                         struct det_coco_curves *curves,
                         const struct det_coco_category *category,
                         const struct det_coco_matching *matching,
                         size_t truths, size_t t, size_t k, size_t a)
{
    const struct det_coco_protocol *p = &out->protocol;
    const size_t count = category->num_found;
    for (size_t m = 0; m < p->num_limits; m++) {
        const size_t hits = trace(curves, matching->outcomes, count,
                                  (uint32_t)p->max_detections[m]);
        size_t hit = 0;
        out->recall[det_recall_at(out, t, k, a, m)] =
            (double)hits / (double)truths;
        for (size_t r = 0; r < DET_EVAL_RECALLS; r++) {
            const size_t cell = det_precision_at(out, t, r, k, a, m);
            while (hit < hits &&
                   (double)(hit + 1) / (double)truths < p->recalls[r])
                hit++;
            /* recall 0 is reached by the first object, hit or not */
            const bool first = p->recalls[r] <= 0 && count > 0;
            out->precision[cell] = hit < hits ? curves->precision[hit] : 0;
            out->scores[cell] = first ? curves->scores[0]
                                : hit < hits
                                    ? curves->scores[curves->positions[hit]]
                                    : 0;
        }
    }
}
