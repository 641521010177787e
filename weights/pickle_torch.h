/* SPDX-License-Identifier: MIT */
/* torch's tensors in a pickle: views of storages that lie elsewhere (torch's
 * torch/_utils.py and torch/serialization.py). */
#ifndef WEIGHTS_PICKLE_TORCH_H
#define WEIGHTS_PICKLE_TORCH_H

#include "weights/pickle_machine.h"

/* _rebuild_tensor(storage, offset, size, stride), _rebuild_tensor_v2(...,
 * requires_grad, hooks[, metadata]).  All that the view reaches lies inside
 * the storage. */
det_status det_pickle_torch_tensor(struct det_pickle_machine *m,
                                   const struct det_pickle_global *global,
                                   const struct det_pickle_sequence *arguments,
                                   struct det_pickle_value **out);

/* _rebuild_parameter(tensor, requires_grad, hooks) */
det_status det_pickle_torch_parameter(
    struct det_pickle_machine *m, const struct det_pickle_global *global,
    const struct det_pickle_sequence *arguments, struct det_pickle_value **out);

/* A tuple or list of numbers as a shape or as strides. */
det_status det_pickle_sides(struct det_pickle_machine *m,
                            int64_t sides[DET_WEIGHT_RANK], int32_t *rank,
                            const struct det_pickle_value *value);

#endif
