/* SPDX-License-Identifier: MIT */
/*
 * CUDA without a GPU, for tests: what a file of kernels needs to compile for
 * the host, and a runtime (emulation.cpp) that is stricter than a GPU:
 *
 * - Nothing that is put on a stream happens before somebody waits for it, so
 *   that what is used too early, or overwritten too early, shows.
 * - Memory of the device cannot be touched but by what runs on a stream.
 * - Threads of a block run one after the other up to each barrier, at which
 *   all of them must arrive.
 */
#ifndef TESTS_CUDA_EMULATION_H
#define TESTS_CUDA_EMULATION_H

#include <cmath>
#include <cstdint>
#include <functional>

#include <cuda_runtime_api.h>

#undef __grid_constant__
#define __grid_constant__
#undef __shared__
#define __shared__ static /* one block runs at a time */

extern dim3 threadIdx, blockIdx, blockDim, gridDim;

/* A barrier of a block that was started by DET_LAUNCH_BLOCKS. */
void __syncthreads();

/* One thread at a time runs. */
template <typename T> static inline T atomicAdd(T *at, T value)
{
    const T before = *at;
    *at += value;
    return before;
}

static inline int __popcll(unsigned long long bits)
{
    return __builtin_popcountll(bits);
}

namespace emulation
{
struct shape {
    dim3 grid, block;
    bool waits; /* for each other: there are barriers */
};

/* Put on the stream, for when somebody waits. */
void enqueue(cudaStream_t stream, std::function<void()> work);
bool may_launch();
void run_grid(const shape &how, const std::function<void()> &thread);

/* The arguments are copied now, as a launch does. */
template <typename... Parameters, typename... Arguments>
void launch(shape how, cudaStream_t stream, void (*kernel)(Parameters...),
            Arguments... arguments)
{
    if (may_launch())
        enqueue(stream, [=] { run_grid(how, [&] { kernel(arguments...); }); });
}
} // namespace emulation

#define DET_LAUNCH(kernel, grid, block, stream, ...)                           \
    emulation::launch({dim3(grid), dim3(block), false}, stream, kernel,        \
                      __VA_ARGS__)
#define DET_LAUNCH_BLOCKS(kernel, grid, block, stream, ...)                    \
    emulation::launch({dim3(grid), dim3(block), true}, stream, kernel,         \
                      __VA_ARGS__)

#endif
