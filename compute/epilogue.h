/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_EPILOGUE_H
#define COMPUTE_EPILOGUE_H

#include "compute/ops.h"

/* Backward of what follows a convolution's sum. */
det_status det_epilogue_backward(struct det_compute *compute,
                                 const struct det_epilogue_backward *op);

#endif
