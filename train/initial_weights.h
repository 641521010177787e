/* SPDX-License-Identifier: MIT */
#ifndef TRAIN_INITIAL_WEIGHTS_H
#define TRAIN_INITIAL_WEIGHTS_H

#include "train/parameters.h"

/* Values from any file that det_convert reads: arrays that fit by name and
 * shape are taken, what comes last in a classifier (layer4, or fc6 and fc7) by
 * the box head of a C4 network or of VGG-16; the others keep the values that
 * they have and are named in the log.  None that fits is DET_ERROR_MODEL. */
det_status det_initial_weights_read(struct det_parameters *parameters,
                                    const char *path,
                                    struct det_message *message);

#endif
