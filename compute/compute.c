/* SPDX-License-Identifier: MIT */
#include "compute/compute.h"

#include <string.h>

#include "base/checked.h"
#include "compute/cpu/ops_cpu.h"

const struct det_ops *det_ops_for(const char *device)
{
    return strcmp(device, "cpu") == 0 ? &det_ops_cpu : NULL;
}

det_status det_tensor_take(struct det_compute *compute, struct det_tensor *out,
                           int32_t n, int32_t h, int32_t w, int32_t c)
{
    const struct det_tensor like = {.n = n, .capacity = n};
    return det_tensor_take_like(compute, out, &like, h, w, c);
}

det_status det_tensor_take_like(struct det_compute *compute,
                                struct det_tensor *out,
                                const struct det_tensor *like, int32_t h,
                                int32_t w, int32_t c)
{
    *out = (struct det_tensor){0};
    if (compute->stop && compute->stop(compute->stop_user) != 0)
        return det_fail(compute->message, DET_ERROR_CANCELLED, "cancelled");
    if (like->n < 0 || h < 1 || w < 1 || c < 1)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a tensor of %d x %d x %d x %d was asked for", like->n,
                        h, w, c);
    size_t count;
    if (!det_checked_mul(&count, (size_t)like->capacity, (size_t)h) ||
        !det_checked_mul(&count, count, (size_t)w) ||
        !det_checked_mul(&count, count, (size_t)c))
        return det_fail_memory(compute->message, SIZE_MAX);
    DET_TRY(det_arena_take(compute->arena, &out->data, count, sizeof(float),
                           compute->message));
    out->n = like->n;
    out->h = h;
    out->w = w;
    out->c = c;
    out->capacity = like->capacity;
    return DET_OK;
}

struct det_tensor det_tensor_hold(struct det_compute *compute,
                                  const struct det_tensor *tensor)
{
    det_arena_hold(compute->arena, tensor->data);
    return *tensor;
}

void det_tensor_give(struct det_compute *compute, struct det_tensor *tensor)
{
    det_arena_give(compute->arena, tensor->data);
    *tensor = (struct det_tensor){0};
}
