/* SPDX-License-Identifier: MIT */
/* Judging what a rescorer has learned so far. */
#ifndef TRAIN_JUDGE_RESCORER_H
#define TRAIN_JUDGE_RESCORER_H

#include "eval/guesses.h"
#include "train/trainer.h"

/* Metric error_loc_val, see train/judge_boxes.h: of the proposals of each class
 * of a validation image the one with the best new score, where its new box is.
 */
det_status det_judge_rescorer(det_trainer *trainer,
                              const struct det_guesses *proposals);

#endif
