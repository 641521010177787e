/* SPDX-License-Identifier: MIT */
#include "eval/class_hits.h"

#include <stdlib.h>

#include "base/memory.h"

det_status det_class_hits_make(struct det_class_hits *out,
                               size_t num_categories,
                               struct det_message *message)
{
    det_status status;
    const size_t count = num_categories;
    *out = (struct det_class_hits){.num_categories = count};
    DET_TRY_OR_FAIL(
        det_allocate(&out->right, count + 1, sizeof *out->right, message));
    DET_TRY_OR_FAIL(
        det_allocate(&out->all, count + 1, sizeof *out->all, message));
    DET_TRY_OR_FAIL(
        det_allocate(&out->hit_in, count, sizeof *out->hit_in, message));
    DET_TRY_OR_FAIL(
        det_allocate(&out->shown_in, count, sizeof *out->shown_in, message));
    return DET_OK;
fail:
    det_class_hits_destroy(out);
    return status;
}

void det_class_hits_destroy(struct det_class_hits *hits)
{
    free(hits->right);
    free(hits->all);
    free(hits->hit_in);
    free(hits->shown_in);
    *hits = (struct det_class_hits){0};
}

void det_class_hits_show(struct det_class_hits *hits, uint32_t category)
{
    if (hits->shown_in[category] == hits->now)
        return;
    const bool hit = hits->hit_in[category] == hits->now;
    hits->shown_in[category] = hits->now;
    hits->all[category]++;
    hits->right[category] += hit;
    hits->any_shown = true;
    hits->any_hit = hits->any_hit || hit;
}

void det_class_hits_end(struct det_class_hits *hits)
{
    hits->all[hits->num_categories] += hits->any_shown;
    hits->right[hits->num_categories] += hits->any_hit;
}

static double share(size_t part, size_t all)
{
    return all ? (double)part / (double)all : -1;
}

double det_class_hits_right(const struct det_class_hits *hits, size_t category)
{
    return share(hits->right[category], hits->all[category]);
}

double det_class_hits_wrong(const struct det_class_hits *hits, size_t category)
{
    return share(hits->all[category] - hits->right[category],
                 hits->all[category]);
}
