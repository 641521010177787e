/* SPDX-License-Identifier: MIT */
#include "eval/coco_accumulate.h"

#include <float.h>
#include <stdlib.h>

#include "base/memory.h"

/* ------------------------------------------------------------------- arrays */

static det_status reserve(struct det_coco_curves *c, size_t found,
                          size_t contested, size_t limits,
                          struct det_message *message)
{
    if (found > c->found_capacity) {
        DET_TRY(det_reallocate(&c->order, found, sizeof *c->order, message));
        c->found_capacity = found;
    }
    if (contested <= c->contested_capacity)
        return DET_OK;
    DET_TRY(det_reallocate(&c->contested, contested, sizeof *c->contested,
                           message));
    DET_TRY(det_reallocate(&c->misses, contested * limits, sizeof *c->misses,
                           message));
    DET_TRY(det_reallocate(&c->precision, contested, sizeof *c->precision,
                           message));
    DET_TRY(det_reallocate(&c->positions, contested, sizeof *c->positions,
                           message));
    c->contested_capacity = contested;
    return DET_OK;
}

void det_coco_curves_destroy(struct det_coco_curves *curves)
{
    free(curves->order);
    free(curves->contested);
    free(curves->misses);
    free(curves->precision);
    free(curves->positions);
    *curves = (struct det_coco_curves){0};
}

det_status det_coco_curves_prepare(struct det_coco_curves *curves,
                                   const struct det_coco_category *category,
                                   const struct det_coco_protocol *protocol,
                                   struct det_message *message)
{
    size_t contested = 0;
    DET_TRY(reserve(curves, category->num_found, category->num_contested,
                    protocol->num_limits, message));
    for (size_t i = 0; i < category->num_found; i++)
        curves->order[category->found[i].position] = &category->found[i];
    for (size_t i = 0; i < category->num_found; i++)
        if (curves->order[i]->contested != DET_NO_INDEX)
            curves->contested[contested++] = curves->order[i];
    return DET_OK;
}

/* ------------------------------------------------- between the contested ones
 */

void det_coco_curves_set_area(struct det_coco_curves *curves,
                              const struct det_coco_category *category,
                              const struct det_coco_protocol *protocol,
                              const struct det_area_range *area)
{
    const size_t limits = protocol->num_limits;
    uint32_t misses[DET_EVAL_MOST_LIMITS] = {0};
    size_t contested = 0;
    for (size_t i = 0; i < category->num_found; i++) {
        const struct det_coco_found *found = curves->order[i];
        if (found->contested != DET_NO_INDEX) {
            for (size_t m = 0; m < limits; m++)
                curves->misses[m * category->num_contested + contested] =
                    misses[m];
            contested++;
        } else if (!found->is_loose &&
                   det_area_contains(area, found->area)) {
            for (size_t m = 0; m < limits; m++)
                misses[m] +=
                    found->rank < (uint32_t)protocol->max_detections[m];
        }
    }
}

/* ------------------------------------------------------------------- curves */

/* Precision changes upwards only at true positives, so that these are all of
 * the curve.  Returns how many there are. */
static size_t trace(struct det_coco_curves *curves, const uint8_t *outcomes,
                    size_t count, const uint32_t *misses, uint32_t limit)
{
    size_t hits = 0, contested_misses = 0;
    for (size_t i = 0; i < count; i++) {
        const struct det_coco_found *found = curves->contested[i];
        const uint8_t outcome = outcomes[found->contested];
        if (outcome == DET_IGNORED || found->rank >= limit)
            continue;
        if (outcome == DET_FALSE_POSITIVE) {
            contested_misses++;
            continue;
        }
        curves->positions[hits++] = found->position;
        curves->precision[hits - 1] =
            (double)hits /
            ((double)(contested_misses + misses[i] + hits) + DBL_EPSILON);
    }
    for (size_t i = hits; i-- > 1;)
        if (curves->precision[i] > curves->precision[i - 1])
            curves->precision[i - 1] = curves->precision[i];
    return hits;
}

/* The cells of one limit, from the curve. */
static void fill_cells(struct det_coco_scores *out,
                       const struct det_coco_curves *curves, size_t found,
                       size_t hits, size_t truths, size_t first_cell)
{
    const struct det_coco_protocol *p = &out->protocol;
    const size_t step = det_precision_at(out, 0, 1, 0, 0, 0);
    size_t hit = 0, cell = first_cell;
    for (size_t r = 0; r < DET_EVAL_RECALLS; r++, cell += step) {
        while (hit < hits && (double)(hit + 1) / (double)truths < p->recalls[r])
            hit++;
        /* recall 0 is reached by the first object, hit or not */
        const bool first = p->recalls[r] <= 0 && found > 0;
        out->precision[cell] = hit < hits ? curves->precision[hit] : 0;
        out->scores[cell] = first ? curves->order[0]->score
                            : hit < hits
                                ? curves->order[curves->positions[hit]]->score
                                : 0;
    }
}

void det_coco_accumulate(struct det_coco_scores *out,
                         struct det_coco_curves *curves,
                         const struct det_coco_category *category,
                         const struct det_coco_matching *matching,
                         size_t truths, size_t t, size_t k, size_t a)
{
    const struct det_coco_protocol *p = &out->protocol;
    const size_t contested = category->num_contested;
    for (size_t m = 0; m < p->num_limits; m++) {
        const size_t hits = trace(curves, matching->outcomes, contested,
                                  contested ? curves->misses + m * contested
                                            : NULL,
                                  (uint32_t)p->max_detections[m]);
        out->recall[det_recall_at(out, t, k, a, m)] =
            (double)hits / (double)truths;
        fill_cells(out, curves, category->num_found, hits, truths,
                   det_precision_at(out, t, 0, k, a, m));
    }
}
