/* SPDX-License-Identifier: MIT */
#include "eval/report_worst.h"

#include <stdlib.h>

#include "base/memory.h"

/* By kind, the worst first, then as in the file. */
static int compare_rank(const void *a, const void *b)
{
    const struct det_worst *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static int compare_image(const void *a, const void *b)
{
    const struct det_worst *x = a, *y = b;
    if (x->image != y->image)
        return x->image < y->image ? -1 : 1;
    return compare_rank(a, b);
}

static bool is_shown(const struct det_tide_found *found)
{
    return found->kind > DET_TIDE_RIGHT && !found->ignored;
}

static size_t collect(struct det_worst *out, const struct det_tide *tide,
                      const struct det_dataset *dataset,
                      const struct det_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < tide->num_found; i++)
        if (is_shown(&tide->found[i]))
            out[count++] = (struct det_worst){tide->found[i].kind, (uint32_t)i,
                                              results->objects[i].image,
                                              tide->found[i].score};
    for (size_t i = 0; i < tide->num_truths; i++)
        if (det_tide_is_missed(&tide->truths[i]))
            out[count++] = (struct det_worst){
                DET_TIDE_MISSED, (uint32_t)i, dataset->annotations[i].image,
                /* NaN has no order */
                tide->truths[i].area > 0 ? tide->truths[i].area : 0};
    return count;
}

/* Of all [count], which are sorted, those whose turn comes. */
static size_t take_turns(struct det_worst *out, size_t most,
                         const struct det_worst *all, size_t count)
{
    size_t begins[DET_TIDE_KINDS + 1] = {0}, taken = 0;
    for (size_t i = 0; i < count; i++)
        begins[all[i].kind + 1]++;
    for (int k = 0; k < DET_TIDE_KINDS; k++)
        begins[k + 1] += begins[k];
    for (size_t turn = 0; taken < most && taken < count; turn++)
        for (int k = 0; k < DET_TIDE_KINDS && taken < most; k++)
            if (begins[k] + turn < begins[k + 1])
                out[taken++] = all[begins[k] + turn];
    return taken;
}

det_status det_worst_choose(struct det_worst **out, size_t *count, size_t most,
                            const struct det_tide *tide,
                            const struct det_dataset *dataset,
                            const struct det_results *results,
                            struct det_message *message)
{
    struct det_worst *all;
    *out = NULL;
    *count = 0;
    DET_TRY(det_allocate(&all, tide->num_found + tide->num_truths, sizeof *all,
                         message));
    const det_status status = det_allocate(out, most, sizeof **out, message);
    if (status == DET_OK) {
        const size_t found = collect(all, tide, dataset, results);
        qsort(all, found, sizeof *all, compare_rank);
        *count = take_turns(*out, most, all, found);
        qsort(*out, *count, sizeof **out, compare_image);
    }
    free(all);
    return status;
}
