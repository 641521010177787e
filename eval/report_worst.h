/* SPDX-License-Identifier: MIT */
/* Which errors are shown. */
#ifndef EVAL_REPORT_WORST_H
#define EVAL_REPORT_WORST_H

#include "eval/tide.h"

/* An error: a found object, or a true one that was missed. */
struct det_worst {
    enum det_tide_kind kind;
    uint32_t place; /* in the results; of DET_TIDE_MISSED an annotation */
    uint32_t image;
    double rank; /* the greater the worse: score, or area of a miss */
};

/* At most `most` errors, the kinds taking turns, each the worst first; then
 * ordered by image, so that a picture is read once.  *out is returned with
 * free(). */
det_status det_worst_choose(struct det_worst **out, size_t *count, size_t most,
                            const struct det_tide *tide,
                            const struct det_dataset *dataset,
                            const struct det_results *results,
                            struct det_message *message);

#endif
