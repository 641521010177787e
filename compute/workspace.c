/* SPDX-License-Identifier: MIT */
#include "compute/workspace.h"

#include "compute/ops.h"

static void take_arenas(struct det_workspace *workspace,
                        struct det_compute *compute)
{
    compute->arena = &workspace->device.arena;
    compute->host = compute->ops->shares_memory ? NULL : &workspace->host.arena;
}

void det_workspace_plan(struct det_workspace *workspace,
                        struct det_compute *compute)
{
    det_arena_plan(&workspace->device.arena);
    det_arena_plan(&workspace->host.arena);
    take_arenas(workspace, compute);
}

/* Growing by more than is needed would keep memory that is never used. */
static det_status grow(struct det_block *block,
                       det_status (*allocate)(void **out, size_t bytes,
                                              struct det_message *message),
                       void (*release)(void *memory),
                       struct det_message *message)
{
    const size_t needed = block->arena.peak;
    if (needed <= block->capacity)
        return DET_OK;
    release(block->memory);
    block->memory = NULL;
    block->capacity = 0;
    DET_TRY(allocate(&block->memory, needed, message));
    block->capacity = needed;
    return DET_OK;
}

det_status det_workspace_reserve(struct det_workspace *workspace,
                                 struct det_compute *compute)
{
    const struct det_ops *ops = compute->ops;
    DET_TRY(grow(&workspace->device, ops->allocate, ops->release,
                 compute->message));
    return grow(&workspace->host, ops->allocate_host, ops->release_host,
                compute->message);
}

void det_workspace_use(struct det_workspace *workspace,
                       struct det_compute *compute)
{
    struct det_block *device = &workspace->device, *host = &workspace->host;
    det_arena_use(&device->arena, device->memory, device->capacity);
    det_arena_use(&host->arena, host->memory, host->capacity);
    take_arenas(workspace, compute);
}

void det_workspace_destroy(struct det_workspace *workspace,
                           const struct det_ops *ops)
{
    if (!ops)
        return;
    ops->release(workspace->device.memory);
    ops->release_host(workspace->host.memory);
    *workspace = (struct det_workspace){0};
}
