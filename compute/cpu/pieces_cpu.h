/* SPDX-License-Identifier: MIT */
/* A whole in pieces: how many there are, and how much is left for one. */
#ifndef COMPUTE_CPU_PIECES_CPU_H
#define COMPUTE_CPU_PIECES_CPU_H

#include <stdint.h>

#include "base/smaller.h"

/* The last one may be smaller; of sides of maps, and of counts. */
static inline int32_t det_pieces(int32_t whole, int32_t piece)
{
    return (whole + piece - 1) / piece;
}

static inline int64_t det_pieces_64(int64_t whole, int64_t piece)
{
    return (whole + piece - 1) / piece;
}

#endif
