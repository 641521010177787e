/* SPDX-License-Identifier: MIT */
/*
 * A table of operators for tests: it takes tensors of the host, copies them to
 * a device with a memory of its own, runs that device's operator there, and
 * copies what it wrote back.  So the tests of the CPU's operators are those of
 * the GPU's, too.
 *
 * The environment's DETECT_TEST_PRECISION makes maps, their gradients and packed
 * weights cross as elements of half the bytes (bf16, fp16), or lets the device
 * multiply floats as TF32 (tf32).
 */
#ifndef TESTS_CUDA_BRIDGE_H
#define TESTS_CUDA_BRIDGE_H

#include "compute/ops.h"

/* The bridge to "cuda" where the environment's DETECT_TEST_DEVICE says so, else
 * the CPU's table.  A test whose device cannot be opened ends here with exit
 * status 77, "skipped". */
const struct det_ops *det_test_ops(void);

/* How far the results of TF32 and of halves may be from what is expected, in
 * parts of the largest; 0 of floats: the test's own tolerance. */
double det_test_tolerance(void);

/* `value` as the device reads it: what a reference in double starts from, too.
 */
float det_test_rounded(float value);

#endif
