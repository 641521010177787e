/* SPDX-License-Identifier: MIT */
/*
 * The machine that operators run on.  The CPU has no state, its memory is the
 * host's; a GPU has a stream, libraries' handles and a memory of its own.
 */
#ifndef COMPUTE_DEVICE_H
#define COMPUTE_DEVICE_H

#include <stdbool.h>

#include "base/message.h"
#include "detect/detect.h"

struct det_device; /* each back end's own; the CPU's is NULL */

struct det_device_options {
    int index; /* of several devices of a kind */
    det_precision precision;
    bool deterministic; /* the same bytes in each run */
};

#endif
