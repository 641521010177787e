/* SPDX-License-Identifier: MIT */
/*
 * The machine that operators run on.  The CPU has no state, its memory is the
 * host's; a GPU has a stream, libraries' handles and a memory of its own.
 */
#ifndef COMPUTE_DEVICE_H
#define COMPUTE_DEVICE_H

#include <stdbool.h>

#include "base/message.h"
#include "compute/tensor.h"
#include "detect/detect.h"

struct det_device; /* each back end's own; the CPU's is NULL */

struct det_device_options {
    int index; /* of several devices of a kind */
    det_precision precision;
    bool deterministic; /* the same bytes in each run */
};

static inline const char *det_element_name(enum det_element element)
{
    return element == DET_ELEMENT_BF16   ? "bf16"
           : element == DET_ELEMENT_FP16 ? "fp16"
                                         : "fp32";
}

/* What maps and weights are stored in. */
static inline enum det_element det_element_of(det_precision precision)
{
    return precision == DET_PRECISION_BF16   ? DET_ELEMENT_BF16
           : precision == DET_PRECISION_FP16 ? DET_ELEMENT_FP16
                                             : DET_ELEMENT_FP32;
}

#endif
