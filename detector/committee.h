/* SPDX-License-Identifier: MIT */
/* Models of one kind that decide together by the mean of what they say. */
#ifndef DETECTOR_COMMITTEE_H
#define DETECTOR_COMMITTEE_H

#include "detector/model.h"

enum { DET_COMMITTEE_MOST = 8 };

struct det_committee {
    const struct det_model *models[DET_COMMITTEE_MOST]; /* not owned */
    size_t count;
};

/* `models` [count] must be of the kind, of which `what` says what the others do
 * not do: DET_ERROR_MODEL; they must have the same classes, and be 1 to 8:
 * DET_ERROR_ARGUMENT. */
det_status det_committee_gather(struct det_committee *out,
                                const struct det_model *const *models,
                                size_t count, det_model_kind kind,
                                const char *what, struct det_message *message);

/* Whether labels are the same, and the names that they have. */
bool det_committee_agrees(const struct det_model *a, const struct det_model *b);

#endif
