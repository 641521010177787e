/* SPDX-License-Identifier: MIT */
/* The GPU's table of operators, which lies in a library of its own. */
#ifndef COMPUTE_CUDA_LIBRARY_H
#define COMPUTE_CUDA_LIBRARY_H

#include "compute/ops.h"

/* NULL, with a message, where it was not built or does not load. */
const struct det_ops *det_cuda_ops(struct det_message *message);

#endif
