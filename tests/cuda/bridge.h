/* SPDX-License-Identifier: MIT */
/*
 * A table of operators for tests: it takes tensors of the host, copies them to
 * a device with a memory of its own, runs that device's operator there, and
 * copies what it wrote back.  So the tests of the CPU's operators are those of
 * the GPU's, too.
 */
#ifndef TESTS_CUDA_BRIDGE_H
#define TESTS_CUDA_BRIDGE_H

#include "compute/ops.h"

/* The bridge to "cuda" where the environment's DETECT_TEST_DEVICE says so, else
 * the CPU's table.  A test whose device cannot be opened ends here with exit
 * status 77, "skipped". */
const struct det_ops *det_test_ops(void);

#endif
