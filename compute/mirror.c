/* SPDX-License-Identifier: MIT */
#include "compute/mirror.h"

#include <stdint.h>

#include "compute/ops.h"

void *det_mirrored(const struct det_compute *compute, const void *host)
{
    for (int i = 0; host && i < compute->num_mirrors; i++) {
        const struct det_mirror *m = &compute->mirrors[i];
        const size_t at = (uintptr_t)host - (uintptr_t)m->host;
        if (m->device && (uintptr_t)host >= (uintptr_t)m->host && at < m->bytes)
            return (unsigned char *)m->device + at;
    }
    return (void *)(uintptr_t)host;
}

det_status det_mirror_send(struct det_compute *compute,
                           struct det_mirror *mirror, void *host, size_t bytes)
{
    const struct det_ops *ops = compute->ops;
    if (ops->shares_memory || bytes == 0)
        return DET_OK;
    if (!mirror->device)
        DET_TRY(ops->allocate(&mirror->device, bytes, compute->message));
    mirror->host = host;
    mirror->bytes = bytes;
    return ops->to_device(compute, mirror->device, host, bytes);
}

det_status det_mirror_fetch(struct det_compute *compute,
                            const struct det_mirror *mirror)
{
    return mirror->device ? compute->ops->to_host(compute, mirror->host,
                                                  mirror->device, mirror->bytes)
                          : DET_OK;
}

void det_mirror_destroy(struct det_mirror *mirror, const struct det_ops *ops)
{
    if (mirror->device)
        ops->release(mirror->device);
    *mirror = (struct det_mirror){0};
}
