/* SPDX-License-Identifier: MIT */
/* Nothing but fused multiply-adds that do not wait for each other, in the
 * widest vectors that the convolutions' kernels use on this CPU. */
#ifndef COMPUTE_CPU_FMA_LOOP_CPU_H
#define COMPUTE_CPU_FMA_LOOP_CPU_H

#include <stdint.h>

struct det_fma_loop {
    const char *vectors; /* their name */
    double flops;        /* multiplications and additions of a turn */
    float (*run)(int64_t turns, float half); /* `half` is 0.5; what it returns
                                                depends on all turns */
};

struct det_fma_loop det_fma_loop_for_cpu(void);

#endif
