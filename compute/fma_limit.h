/* SPDX-License-Identifier: MIT */
/* The most multiplications and additions of floats that this CPU does in a
 * second, which no kernel can surpass. */
#ifndef COMPUTE_FMA_LIMIT_H
#define COMPUTE_FMA_LIMIT_H

/* On that many threads together, 1e9 of them a second: the best of some turns
 * of 10 ms.  `*vectors` becomes the name of what they are done in. */
double det_fma_limit_of(int threads, const char **vectors);

#endif
