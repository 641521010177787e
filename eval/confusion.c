/* SPDX-License-Identifier: MIT */
#include "eval/confusion.h"

#include <stdlib.h>

#include "base/checked.h"
#include "base/memory.h"

/* ------------------------------------------------------------------- memory */

struct class_size {
    size_t objects;
    uint32_t class;
};

/* The larger first, then as in the file. */
static int compare_sizes(const void *a, const void *b)
{
    const struct class_size *x = a, *y = b;
    if (x->objects != y->objects)
        return x->objects > y->objects ? -1 : 1;
    return x->class < y->class ? -1 : x->class > y->class;
}

static void count_objects(struct class_size *sizes, size_t num_classes,
                          const struct det_dataset *dataset,
                          const struct det_scene_rules *rules)
{
    for (size_t k = 0; k < num_classes; k++)
        sizes[k].class = (uint32_t)k;
    for (size_t i = 0; i < dataset->num_annotations; i++) {
        const struct det_annotation *a = &dataset->annotations[i];
        if (a->category == DET_NO_INDEX || a->image == DET_NO_INDEX ||
            a->is_crowd || (rules->images && !rules->images[a->image]))
            continue;
        sizes[rules->without_categories ? 0 : a->category].objects++;
    }
}

static det_status keep_largest(struct det_confusion *out,
                               struct class_size *sizes, size_t most_kept,
                               struct det_message *message)
{
    size_t kept = 0;
    qsort(sizes, out->num_classes, sizeof *sizes, compare_sizes);
    while (kept < out->num_classes && kept < most_kept && sizes[kept].objects)
        kept++;
    out->num_kept = kept;
    out->has_others = kept < out->num_classes;
    out->size = kept + out->has_others + 1;
    DET_TRY(det_allocate(&out->classes, kept, sizeof *out->classes, message));
    for (size_t i = 0; i < out->num_classes; i++)
        out->rows[sizes[i].class] = (uint32_t)(i < kept ? i : kept);
    for (size_t i = 0; i < kept; i++)
        out->classes[i] = sizes[i].class;
    return DET_OK;
}

det_status det_confusion_init(struct det_confusion *out,
                              const struct det_dataset *dataset,
                              const struct det_scene_rules *rules,
                              size_t most_kept, double least_score,
                              struct det_message *message)
{
    det_status status;
    struct class_size *sizes = NULL;
    size_t cells;
    *out = (struct det_confusion){.least_score = least_score,
                                  .num_classes =
                                      det_scene_classes(dataset, rules)};
    DET_TRY_OR_FAIL(
        det_allocate(&sizes, out->num_classes, sizeof *sizes, message));
    DET_TRY_OR_FAIL(
        det_allocate(&out->rows, out->num_classes, sizeof *out->rows, message));
    if (out->num_classes)
        count_objects(sizes, out->num_classes, dataset, rules);
    DET_TRY_OR_FAIL(keep_largest(out, sizes, most_kept, message));
    if (!det_checked_mul(&cells, out->size, out->size)) {
        status = det_fail_memory(message, SIZE_MAX);
        goto fail;
    }
    DET_TRY_OR_FAIL(
        det_allocate(&out->cells, cells, sizeof *out->cells, message));
    free(sizes);
    return DET_OK;
fail:
    free(sizes);
    det_confusion_destroy(out);
    return status;
}

void det_confusion_destroy(struct det_confusion *confusion)
{
    free(confusion->rows);
    free(confusion->classes);
    free(confusion->cells);
    *confusion = (struct det_confusion){0};
}

/* ----------------------------------------------------------------- counting */

static void count(struct det_confusion *c, size_t row, size_t column)
{
    uint64_t *cell = &c->cells[row * c->size + column];
#pragma omp atomic
    ++*cell;
}

/* The truths of an image that are found; not more than there are found
 * objects. */
struct taken {
    size_t truths[DET_SCENE_MOST_FOUND];
    size_t count;
};

static bool is_taken(const struct taken *taken, size_t truth)
{
    for (size_t i = 0; i < taken->count; i++)
        if (taken->truths[i] == truth)
            return true;
    return false;
}

/* The free truth of the greatest IoU, or num_truths. */
static size_t best_truth(const struct det_scene *scene, size_t found,
                         const struct taken *taken)
{
    const double *ious = scene->ious + found * scene->num_truths;
    size_t best = scene->num_truths;
    double best_iou = DET_CONFUSION_IOU;
    bool best_same = false;
    for (size_t j = 0; j < scene->num_truths; j++) {
        const bool same = scene->truths[j].class == scene->found[found].class;
        const bool is_first = best == scene->num_truths;
        if (ious[j] < best_iou || is_taken(taken, j))
            continue;
        if (!is_first && ious[j] <= best_iou && (best_same || !same))
            continue;
        best = j;
        best_iou = ious[j];
        best_same = same;
    }
    return best;
}

static bool lies_in_crowd(const struct det_scene *scene, size_t found)
{
    for (size_t j = 0; j < scene->num_crowds; j++)
        if (scene->crowds[j].class == scene->found[found].class &&
            scene->shares[found * scene->num_crowds + j] > DET_CONFUSION_IOU)
            return true;
    return false;
}

static void count_found(struct det_confusion *c, const struct det_scene *scene,
                        size_t i, struct taken *taken)
{
    const uint32_t class = scene->found[i].class;
    const size_t truth = best_truth(scene, i, taken);
    if (truth == scene->num_truths) {
        if (!lies_in_crowd(scene, i))
            count(c, c->size - 1, c->rows[class]);
        return;
    }
    const size_t row = c->rows[scene->truths[truth].class];
    taken->truths[taken->count++] = truth;
    count(c, row, c->rows[class]);
    if (row == c->num_kept && row == c->rows[class] &&
        scene->truths[truth].class != class)
#pragma omp atomic
        c->others_wrong++;
}

void det_confusion_add(struct det_confusion *confusion,
                       const struct det_scene *scene)
{
    struct taken taken = {.count = 0};
    for (size_t i = 0; i < scene->num_found; i++)
        if (scene->found[i].score >= confusion->least_score)
            count_found(confusion, scene, i, &taken);
    for (size_t j = 0; j < scene->num_truths; j++)
        if (!is_taken(&taken, j))
            count(confusion, confusion->rows[scene->truths[j].class],
                  confusion->size - 1);
}
