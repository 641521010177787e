/* SPDX-License-Identifier: MIT */
/* The k greatest of many scores, in time linear in their number. */
#ifndef GEOMETRY_TOP_K_H
#define GEOMETRY_TOP_K_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of scratch memory for det_top_k, to be aligned for uint64_t. */
size_t det_top_k_scratch_size(size_t count, size_t k);

/* Write the indices of the greatest min(k, count) of scores [count] and return
 * how many.  Greatest first; equal scores (-0 equals +0) by lower index first;
 * NaN after everything else.  count <= INT32_MAX. */
size_t det_top_k(int32_t *indices, const float *scores, size_t count, size_t k,
                 void *scratch);

#endif
