/* SPDX-License-Identifier: MIT */
/* What the average precision would be without errors of a kind. */
#include <stdlib.h>

#include "base/memory.h"
#include "eval/score_sort.h"
#include "eval/tide.h"

/* What is mended; a det_tide_kind, or: */
enum {
    MEND_NOTHING = DET_TIDE_UNJUDGED,
    MEND_FALSE_POSITIVES = DET_TIDE_KINDS,
    MEND_FALSE_NEGATIVES
};

struct point {
    double score;
    bool right;
};

/* The objects of all classes as points of their curves. */
struct curves {
    struct point *points; /* class by class */
    size_t *begins;       /* [classes + 1] */
    size_t *truths;       /* [classes]: how many there are to find */
    double *precision;    /* [the largest class] */
    double *recall;
    size_t num_classes;
    struct det_score_sorter sorter;
    struct det_message *message;
};

static void destroy_curves(struct curves *c)
{
    free(c->points);
    free(c->begins);
    free(c->truths);
    free(c->precision);
    free(c->recall);
    det_score_sorter_destroy(&c->sorter);
}

static det_status make_curves(struct curves *c, const struct det_tide *tide)
{
    struct det_message *m = c->message;
    const size_t n = tide->num_found;
    c->num_classes = tide->num_classes;
    DET_TRY(det_allocate(&c->points, n, sizeof *c->points, m));
    DET_TRY(det_allocate(&c->precision, n, sizeof *c->precision, m));
    DET_TRY(det_allocate(&c->recall, n, sizeof *c->recall, m));
    DET_TRY(det_allocate(&c->begins, c->num_classes + 2, sizeof *c->begins, m));
    DET_TRY(det_allocate(&c->truths, c->num_classes, sizeof *c->truths, m));
    return det_score_sorter_reserve(&c->sorter, n, m);
}

/* ------------------------------------------------------------------- points */

/* An object's point after mending; false: it has none. */
static bool point_of(const struct det_tide *tide, uint32_t place, int mend,
                     struct point *point, uint32_t *class)
{
    const struct det_tide_found *found = &tide->found[place];
    const bool right = found->kind == DET_TIDE_RIGHT;
    *point = (struct point){found->score, right};
    *class = found->class;
    if (!right && (int)found->kind == mend) {
        if (found->kind != DET_TIDE_CLASS && found->kind != DET_TIDE_LOCATION)
            return false;
        *class = tide->truths[found->truth].class;
        point->right = true;
        return tide->truths[found->truth].fix == place;
    }
    if (mend == MEND_FALSE_POSITIVES)
        point->score = right;
    return !found->ignored;
}

/* With something mended tidecv has the errors before the finds, which counts
 * where scores are equal. */
static bool in_pass(const struct det_tide *tide, uint32_t place, int mend,
                    int pass)
{
    const bool right = tide->found[place].kind == DET_TIDE_RIGHT;
    return mend == MEND_NOTHING ? pass == 0 : pass == right;
}

static void fill_points(struct curves *c, const struct det_tide *tide, int mend)
{
    struct point point;
    uint32_t class;
    for (size_t k = 0; k < c->num_classes + 2; k++)
        c->begins[k] = 0;
    for (size_t i = 0; i < tide->num_found; i++)
        if (tide->sequence[i] != DET_NO_INDEX &&
            point_of(tide, tide->sequence[i], mend, &point, &class))
            c->begins[class + 2]++;
    for (size_t k = 1; k < c->num_classes + 2; k++)
        c->begins[k] += c->begins[k - 1];
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < tide->num_found; i++) {
            const uint32_t place = tide->sequence[i];
            if (place != DET_NO_INDEX && in_pass(tide, place, mend, pass) &&
                point_of(tide, place, mend, &point, &class))
                c->points[c->begins[class + 1]++] = point;
        }
}

static void count_truths(struct curves *c, const struct det_tide *tide,
                         int mend)
{
    for (size_t k = 0; k < c->num_classes; k++)
        c->truths[k] = 0;
    for (size_t i = 0; i < tide->num_truths; i++) {
        const struct det_tide_truth *truth = &tide->truths[i];
        if (!truth->counts)
            continue;
        const bool gone =
            (mend == DET_TIDE_MISSED && det_tide_is_missed(truth)) ||
            (mend == MEND_FALSE_NEGATIVES && truth->found == DET_NO_INDEX);
        c->truths[truth->class] += !gone;
    }
}

/* ------------------------------------------------------------------- the AP */

/* COCO's 101 recalls, here i / 100. */
static double average(const struct curves *c, size_t count)
{
    size_t at = 0;
    double sum = 0;
    for (size_t i = count; i > 1; i--)
        if (c->precision[i - 2] < c->precision[i - 1])
            c->precision[i - 2] = c->precision[i - 1];
    for (int i = 0; i <= 100; i++) {
        while (at < count && c->recall[at] < i / 100.0)
            at++;
        sum += at < count ? c->precision[at] : 0;
    }
    return sum / 101;
}

static double class_ap(struct curves *c, size_t k)
{
    const struct point *points = c->points + c->begins[k];
    const size_t count = c->begins[k + 1] - c->begins[k];
    size_t right = 0;
    if (c->truths[k] == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        det_score_sorter_put(&c->sorter, i, points[i].score);
    const uint32_t *order = det_score_sort(&c->sorter, count);
    for (size_t i = 0; i < count; i++) {
        right += points[order[i]].right;
        c->precision[i] = (double)right / (double)(i + 1);
        c->recall[i] = (double)right / (double)c->truths[k];
    }
    return average(c, count);
}

static double mean_ap(struct curves *c, const struct det_tide *tide, int mend)
{
    double sum = 0;
    size_t classes = 0;
    fill_points(c, tide, mend);
    count_truths(c, tide, mend);
    for (size_t k = 0; k < c->num_classes; k++) {
        if (c->truths[k] == 0 && c->begins[k] == c->begins[k + 1])
            continue;
        sum += class_ap(c, k);
        classes++;
    }
    return classes ? sum / (double)classes : 0;
}

/* ----------------------------------------------------------------- together */

static void count_errors(struct det_tide *tide)
{
    for (size_t i = 0; i < tide->num_found; i++)
        tide->counts[tide->found[i].kind]++;
    for (size_t i = 0; i < tide->num_truths; i++)
        tide->counts[DET_TIDE_MISSED] += det_tide_is_missed(&tide->truths[i]);
}

det_status det_tide_finish(struct det_tide *tide, struct det_message *message)
{
    struct curves c = {.message = message};
    const det_status status = make_curves(&c, tide);
    if (status == DET_OK) {
        count_errors(tide);
        tide->ap = mean_ap(&c, tide, MEND_NOTHING);
        for (int kind = DET_TIDE_CLASS; kind < DET_TIDE_KINDS; kind++) {
            const double gain = mean_ap(&c, tide, kind) - tide->ap;
            tide->gains[kind] = gain > 0 ? gain : 0;
        }
        tide->false_positive =
            mean_ap(&c, tide, MEND_FALSE_POSITIVES) - tide->ap;
        tide->false_negative =
            mean_ap(&c, tide, MEND_FALSE_NEGATIVES) - tide->ap;
    }
    destroy_curves(&c);
    return status;
}
