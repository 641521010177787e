/* SPDX-License-Identifier: MIT */
#include "eval/tide.h"

#include <stdlib.h>

#include "base/memory.h"

const char *det_tide_name(enum det_tide_kind kind)
{
    static const char names[DET_TIDE_KINDS][8] = {
        "", "", "Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"};
    return (unsigned)kind < DET_TIDE_KINDS ? names[kind] : "";
}

/* ------------------------------------------------------------------- memory */

det_status det_tide_init(struct det_tide *out,
                         const struct det_dataset *dataset,
                         const struct det_results *results,
                         const struct det_scene_rules *rules,
                         struct det_message *message)
{
    det_status status;
    *out = (struct det_tide){.num_found = results->count,
                             .num_truths = dataset->num_annotations,
                             .num_classes = det_scene_classes(dataset, rules)};
    DET_TRY_OR_FAIL(
        det_allocate(&out->found, out->num_found, sizeof *out->found, message));
    DET_TRY_OR_FAIL(det_allocate(&out->truths, out->num_truths,
                                 sizeof *out->truths, message));
    DET_TRY_OR_FAIL(det_allocate(&out->sequence, out->num_found,
                                 sizeof *out->sequence, message));
    for (size_t i = 0; i < out->num_found; i++)
        out->sequence[i] = out->found[i].truth = DET_NO_INDEX;
    for (size_t i = 0; i < out->num_truths; i++)
        out->truths[i].found = out->truths[i].fix = DET_NO_INDEX;
    return DET_OK;
fail:
    det_tide_destroy(out);
    return status;
}

void det_tide_destroy(struct det_tide *tide)
{
    free(tide->found);
    free(tide->truths);
    free(tide->sequence);
    *tide = (struct det_tide){0};
}

/* ----------------------------------------------------------------- matching */

/* The truth with the greatest overlap of those that `suits`; the first on a
 * tie. */
struct nearest {
    size_t truth; /* in the scene */
    double iou;   /* 0: none */
};

enum {
    SAME_CLASS = 1,
    OTHER_CLASS = 2,
    ANY_CLASS = 3,
    ONLY_FREE = 4,
    ONLY_TAKEN = 8
};

static struct nearest find_nearest(const struct det_tide *tide,
                                   const struct det_scene *scene, size_t found,
                                   int which)
{
    struct nearest best = {0, 0};
    const double *ious = scene->ious + found * scene->num_truths;
    for (size_t j = 0; j < scene->num_truths; j++) {
        const struct det_scene_object *truth = &scene->truths[j];
        const bool same = truth->class == scene->found[found].class;
        const bool taken = tide->truths[truth->place].found != DET_NO_INDEX;
        if (!(which & (same ? SAME_CLASS : OTHER_CLASS)) ||
            (which & ONLY_FREE && taken) || (which & ONLY_TAKEN && !taken))
            continue;
        if (ious[j] > best.iou)
            best = (struct nearest){j, ious[j]};
    }
    return best;
}

static bool lies_in_crowd(const struct det_scene *scene, size_t found)
{
    for (size_t j = 0; j < scene->num_crowds; j++)
        if (scene->crowds[j].class == scene->found[found].class &&
            scene->shares[found * scene->num_crowds + j] > DET_TIDE_FOREGROUND)
            return true;
    return false;
}

static void match(struct det_tide *tide, const struct det_scene *scene,
                  size_t i)
{
    const uint32_t place = scene->found[i].place;
    struct det_tide_found *found = &tide->found[place];
    const struct nearest free_one =
        find_nearest(tide, scene, i, SAME_CLASS | ONLY_FREE);
    found->class = scene->found[i].class;
    found->score = scene->found[i].score;
    found->area = scene->found[i].area;
    tide->sequence[scene->first + i] = place;
    if (free_one.iou >= DET_TIDE_FOREGROUND) {
        found->kind = DET_TIDE_RIGHT;
        found->truth = scene->truths[free_one.truth].place;
        found->iou = free_one.iou;
        tide->truths[found->truth].found = place;
        return;
    }
    found->ignored = lies_in_crowd(scene, i);
}

/* ------------------------------------------------------------------- errors */

static void set_error(struct det_tide *tide, const struct det_scene *scene,
                      size_t i, enum det_tide_kind kind, struct nearest nearest)
{
    struct det_tide_found *found = &tide->found[scene->found[i].place];
    found->kind = kind;
    found->iou = nearest.iou;
    if (nearest.iou > 0)
        found->truth = scene->truths[nearest.truth].place;
}

/* In tidecv's order of tests (quantify.py, _eval_image). */
static void explain(struct det_tide *tide, const struct det_scene *scene,
                    size_t i)
{
    const double low = DET_TIDE_BACKGROUND, high = DET_TIDE_FOREGROUND;
    const struct nearest same = find_nearest(tide, scene, i, SAME_CLASS);
    const struct nearest other = find_nearest(tide, scene, i, OTHER_CLASS);
    const struct nearest taken =
        find_nearest(tide, scene, i, SAME_CLASS | ONLY_TAKEN);
    const struct nearest any = find_nearest(tide, scene, i, ANY_CLASS);
    if (low <= same.iou && same.iou <= high)
        set_error(tide, scene, i, DET_TIDE_LOCATION, same);
    else if (other.iou >= high)
        set_error(tide, scene, i, DET_TIDE_CLASS, other);
    else if (taken.iou >= high)
        set_error(tide, scene, i, DET_TIDE_DUPLICATE, taken);
    else if (any.iou <= low)
        set_error(tide, scene, i, DET_TIDE_BACKGROUND_ERROR, any);
    else
        set_error(tide, scene, i, DET_TIDE_BOTH, any);
}

/* Of all that would find a truth but for one error the best is its fix.  The
 * objects come best first. */
static void offer_fix(struct det_tide *tide, uint32_t place)
{
    const struct det_tide_found *found = &tide->found[place];
    if (found->kind != DET_TIDE_CLASS && found->kind != DET_TIDE_LOCATION)
        return;
    struct det_tide_truth *truth = &tide->truths[found->truth];
    if (truth->found == DET_NO_INDEX && truth->fix == DET_NO_INDEX)
        truth->fix = place;
}

void det_tide_add(struct det_tide *tide, const struct det_scene *scene)
{
    for (size_t j = 0; j < scene->num_truths; j++) {
        struct det_tide_truth *truth = &tide->truths[scene->truths[j].place];
        truth->counts = true;
        truth->class = scene->truths[j].class;
        truth->area = scene->truths[j].area;
    }
    for (size_t i = 0; i < scene->num_found; i++)
        match(tide, scene, i);
    for (size_t i = 0; i < scene->num_found; i++) {
        const uint32_t place = scene->found[i].place;
        if (tide->found[place].kind == DET_TIDE_RIGHT)
            continue;
        explain(tide, scene, i);
        offer_fix(tide, place);
    }
}
