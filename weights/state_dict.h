/* SPDX-License-Identifier: MIT */
/* From a pickled dict to named arrays. */
#ifndef WEIGHTS_STATE_DICT_H
#define WEIGHTS_STATE_DICT_H

#include "weights/pickle.h"
#include "weights/weights.h"

/*
 * Add the tensors of `root` under their keys: a dict of tensors, or one that
 * holds such a dict as "model", "state_dict", "model_state_dict" or "blobs",
 * as training scripts write them.  Other entries are left out with a line in
 * the log.  Every storage must have been found.  The heap of the pickle, which
 * may hold data, becomes the weights'.
 */
det_status det_state_dict_collect(struct det_weights *out,
                                  struct det_pickle *pickle,
                                  const struct det_pickle_value *root);

#endif
