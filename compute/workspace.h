/* SPDX-License-Identifier: MIT */
/*
 * The memory of a program of operators: one block of the device's, and where
 * that is not the host's, one of the host's for what the host does in between.
 * Both are measured by a run that only plans.
 */
#ifndef COMPUTE_WORKSPACE_H
#define COMPUTE_WORKSPACE_H

#include "compute/compute.h"

struct det_block {
    struct det_arena arena;
    void *memory;
    size_t capacity; /* bytes */
};

struct det_workspace {
    struct det_block device, host;
};

/* compute's arenas become ones that measure. */
void det_workspace_plan(struct det_workspace *workspace,
                        struct det_compute *compute);

/* Behind a planned run: at least the memory that it would have taken. */
det_status det_workspace_reserve(struct det_workspace *workspace,
                                 struct det_compute *compute);

/* compute's arenas become that memory, all of it free. */
void det_workspace_use(struct det_workspace *workspace,
                       struct det_compute *compute);

void det_workspace_destroy(struct det_workspace *workspace,
                           const struct det_ops *ops);

#endif
