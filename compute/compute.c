/* SPDX-License-Identifier: MIT */
#include "compute/compute.h"

#include <string.h>

#include "base/checked.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cuda_library.h"

det_status det_ops_find(const struct det_ops **out, const char *device,
                        struct det_message *message)
{
    *out = NULL;
    if (!device || strcmp(device, "cpu") == 0)
        *out = &det_ops_cpu;
    else if (strcmp(device, "cuda") == 0)
        *out = det_cuda_ops(message);
    else
        det_fail(message, DET_ERROR_DEVICE,
                 "there is no device \"%s\"; those that are: cpu, cuda",
                 device);
    return *out ? DET_OK : DET_ERROR_DEVICE;
}

const struct det_ops *det_ops_for(const char *device)
{
    const struct det_ops *ops;
    det_ops_find(&ops, device, NULL);
    return ops;
}

det_status det_tensor_take(struct det_compute *compute, struct det_tensor *out,
                           int32_t n, int32_t h, int32_t w, int32_t c)
{
    const struct det_tensor like = {.n = n, .capacity = n};
    return det_tensor_take_like(compute, out, &like, h, w, c);
}

static det_status take_like(struct det_compute *compute,
                            struct det_arena *arena, struct det_tensor *out,
                            const struct det_tensor *like, int32_t h, int32_t w,
                            int32_t c)
{
    *out = (struct det_tensor){0};
    if (compute->stop && !compute->recording &&
        compute->stop(compute->stop_user) != 0)
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
    DET_TRY(det_arena_take(arena, &out->data, count,
                           det_element_size(like->element), compute->message));
    out->n = like->n;
    out->h = h;
    out->w = w;
    out->c = c;
    out->capacity = like->capacity;
    out->on_host = arena == compute->host;
    out->element = like->element;
    return DET_OK;
}

det_status det_tensor_take_like(struct det_compute *compute,
                                struct det_tensor *out,
                                const struct det_tensor *like, int32_t h,
                                int32_t w, int32_t c)
{
    return take_like(compute, compute->arena, out, like, h, w, c);
}

det_status det_host_tensor_take(struct det_compute *compute,
                                struct det_tensor *out, int32_t n, int32_t h,
                                int32_t w, int32_t c)
{
    const struct det_tensor like = {.n = n, .capacity = n};
    return take_like(compute, det_host_arena(compute), out, &like, h, w, c);
}

det_status det_host_view_take(struct det_compute *compute,
                              struct det_tensor *out,
                              const struct det_tensor *tensor)
{
    *out = *tensor;
    out->on_host = false; /* not to be given */
    if (!compute->host || tensor->on_host)
        return DET_OK;
    if (tensor->element != DET_ELEMENT_FP32)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "the host reads floats; this map has half of one for "
                        "each element");
    DET_TRY(take_like(compute, compute->host, out, tensor, tensor->h, tensor->w,
                      tensor->c));
    if (det_idle(compute) || tensor->n == 0)
        return DET_OK;
    return compute->ops->to_host(compute, out->data, tensor->data,
                                 det_tensor_bytes(tensor));
}

void det_host_view_give(struct det_compute *compute, struct det_tensor *view)
{
    if (view->on_host)
        det_arena_give(compute->host, view->data);
    *view = (struct det_tensor){0};
}

det_status det_host_view_write(struct det_compute *compute,
                               const struct det_tensor *view,
                               const struct det_tensor *tensor)
{
    if (!view->on_host || det_idle(compute) || view->n == 0)
        return DET_OK;
    return compute->ops->to_device(compute, tensor->data, view->data,
                                   det_tensor_bytes(view));
}

det_status det_tensor_move_to_device(struct det_compute *compute,
                                     struct det_tensor *tensor)
{
    struct det_tensor host = *tensor;
    if (!host.on_host)
        return DET_OK;
    DET_TRY(take_like(compute, compute->arena, tensor, &host, host.h, host.w,
                      host.c));
    if (!det_idle(compute) && host.n > 0)
        DET_TRY(compute->ops->to_device(compute, tensor->data, host.data,
                                        det_tensor_bytes(&host)));
    det_tensor_give(compute, &host);
    return DET_OK;
}

det_status det_tensor_round(struct det_compute *compute,
                            struct det_tensor *tensor)
{
    struct det_tensor floats = *tensor, like = *tensor;
    if (tensor->element == compute->element)
        return DET_OK;
    like.element = compute->element;
    DET_TRY(
        det_tensor_take_like(compute, tensor, &like, like.h, like.w, like.c));
    if (!det_planning(compute) && floats.n > 0)
        DET_TRY(compute->ops->convert(compute, tensor->data, like.element,
                                      floats.data, det_tensor_count(&floats)));
    tensor->node = floats.node;
    det_tensor_give(compute, &floats);
    return DET_OK;
}

det_status det_wait(struct det_compute *compute)
{
    return det_planning(compute) ? DET_OK : compute->ops->wait(compute);
}

/* Of its memory. */
static struct det_arena *arena_of(const struct det_compute *compute,
                                  const struct det_tensor *tensor)
{
    return tensor->on_host ? compute->host : compute->arena;
}

struct det_tensor det_tensor_hold(struct det_compute *compute,
                                  const struct det_tensor *tensor)
{
    det_arena_hold(arena_of(compute, tensor), tensor->data);
    return *tensor;
}

bool det_tensor_is_sole(const struct det_compute *compute,
                        const struct det_tensor *tensor)
{
    return det_arena_is_sole(arena_of(compute, tensor), tensor->data);
}

void det_tensor_give(struct det_compute *compute, struct det_tensor *tensor)
{
    det_arena_give(arena_of(compute, tensor), tensor->data);
    *tensor = (struct det_tensor){0};
}
