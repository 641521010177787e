/* SPDX-License-Identifier: MIT */
/*
 * Memory of the host that a device has a copy of.  While training, parameters
 * and their gradients are the host's, who loads, saves and steps them; layers
 * point there.  Operators are given the copies.
 */
#ifndef COMPUTE_MIRROR_H
#define COMPUTE_MIRROR_H

#include "compute/compute.h"

struct det_mirror {
    void *host, *device;
    size_t bytes;
};

/* The same place in the device's copy; `host` itself where it has none. */
void *det_mirrored(const struct det_compute *compute, const void *host);

/* Make and fill a copy on a device with memory of its own; elsewhere there is
 * nothing to do.  `mirror` is clear, or was made by this. */
det_status det_mirror_send(struct det_compute *compute,
                           struct det_mirror *mirror, void *host, size_t bytes);
/* The other way; the values are there after det_wait. */
det_status det_mirror_fetch(struct det_compute *compute,
                            const struct det_mirror *mirror);
void det_mirror_destroy(struct det_mirror *mirror, const struct det_ops *ops);

#endif
