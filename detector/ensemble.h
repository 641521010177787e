/* SPDX-License-Identifier: MIT */
/* Which models may decide together. */
#ifndef DETECTOR_ENSEMBLE_H
#define DETECTOR_ENSEMBLE_H

#include "detector/model.h"
#include "detector/settings.h"

/* DET_ERROR_ARGUMENT says in what `b` differs from `a`: their rules, sizes,
 * classes or outputs must be the same, their networks need not be. */
det_status det_ensemble_check(const struct det_model *a,
                              const struct det_settings *a_settings,
                              const struct det_model *b,
                              const struct det_settings *b_settings,
                              struct det_message *message);

/* Whether the features of one are those of the other: the same architecture,
 * input and weights of the backbone. */
bool det_ensemble_shares_trunk(const struct det_model *a,
                               const struct det_model *b);

#endif
