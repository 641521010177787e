/* SPDX-License-Identifier: MIT */
#include "compute/class_rule.h"
#include "compute/cpu/ops_cpu.h"

size_t det_class_candidates_scratch_cpu(const struct det_class_candidates *op)
{
    (void)op;
    return 0;
}

/* Order is RoI, then class, as in the references: equal scores keep it. */
static void add_roi(const struct det_candidates *out,
                    const struct det_class_candidates *op, int32_t roi)
{
    for (int32_t label = 0; label < op->scores.c; label++) {
        struct det_box box;
        float score;
        if (*out->count == out->capacity ||
            !det_class_propose(&box, &score, op, roi, label))
            continue;
        const int32_t at = (*out->count)++;
        out->boxes[at] = box;
        out->scores[at] = score;
        out->groups[at] = label;
        out->places[at] = roi;
    }
}

det_status det_class_candidates_cpu(struct det_compute *compute,
                                    const struct det_class_candidates *op,
                                    void *scratch)
{
    (void)compute;
    (void)scratch;
    *op->out.count = 0;
    for (int32_t roi = 0; roi < op->scores.n; roi++)
        add_roi(&op->out, op, roi);
    return DET_OK;
}
