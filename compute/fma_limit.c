/* SPDX-License-Identifier: MIT */
#include "compute/fma_limit.h"

#include "base/clock.h"
#include "compute/cpu/fma_loop_cpu.h"

/* Long enough for threads to begin, short enough to be left alone by other
 * programs once in a while. */
enum { ROUNDS = 25, FIRST_TURNS = 1000 };
static const double round_seconds = 0.010;

/* Read and written, so that neither the factor nor the sums can be left out. */
struct loop {
    struct det_fma_loop kernel;
    volatile float half, sum;
};

/* Seconds; the threads that there really were. */
static double run_once(struct loop *loop, int64_t turns, int *threads)
{
    int ran = 0;
    float sum = 0.0f;
    const double start = det_seconds();
#pragma omp parallel num_threads(*threads) reduction(+ : ran, sum)
    {
        sum += loop->kernel.run(turns, loop->half);
        ran += 1;
    }
    const double seconds = det_seconds() - start;
    loop->sum = sum;
    *threads = ran;
    return seconds;
}

static int64_t turns_of_a_round(struct loop *loop)
{
    int64_t turns = FIRST_TURNS;
    int one = 1;
    while (run_once(loop, turns, &one) < round_seconds)
        turns *= 2;
    return turns;
}

double det_fma_limit_of(int threads, const char **vectors)
{
    struct loop loop = {.kernel = det_fma_loop_for_cpu(), .half = 0.5f};
    const int64_t turns = turns_of_a_round(&loop);
    double best = 0.0;
    for (int i = 0; i < ROUNDS; i++) {
        int ran = threads;
        const double seconds = run_once(&loop, turns, &ran);
        const double gflops =
            1e-9 * ran * (double)turns * loop.kernel.flops / seconds;
        if (gflops > best)
            best = gflops;
    }
    *vectors = loop.kernel.vectors;
    return best;
}
