/* SPDX-License-Identifier: MIT */
/* How a test sets the emulated GPU up, and makes its calls fail. */
#ifndef TESTS_CUDA_FAKE_GPU_H
#define TESTS_CUDA_FAKE_GPU_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many there are (1), with how much memory each (8 GiB). */
void fake_gpu_set(int count, size_t bytes);

/* The call of this name ("cudaMalloc", "launch" of a kernel, "cudnnExecute",
 * ...) fails once, after `after` that do not; NULL: none does. */
void fake_gpu_fail(const char *call, int after);

/* How often the call of this name was made. */
int fake_gpu_calls(const char *call);

/* For the emulation: whether number `index`, from 0 on, is broken. */
bool fake_gpu_is_broken(int index);

/* For the emulation: whether this call is the one.  It is counted. */
bool fake_gpu_fails(const char *call);

/* cuDNN has no kernel with anything behind the sum. */
void fake_gpu_refuse_fused(bool refuse);
/* Nor without. */
void fake_gpu_refuse_all(bool refuse);
/* Nor gradients of weights as floats from maps of halves. */
void fake_gpu_refuse_mixed(bool refuse);

/* There are three engines for each graph of cuDNN's, of which the first is of
 * tensor cores, and three algorithms for each product of cuBLASLt's: the first
 * `count` of them fail when they are to run (0). */
void fake_gpu_break(int count);

/* All engines but the last want so much workspace (0). */
void fake_gpu_want_workspace(size_t bytes);

/* Bytes of device memory that are taken. */
size_t fake_gpu_used(void);

#ifdef __cplusplus
}
#endif

#endif
