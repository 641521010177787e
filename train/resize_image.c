/* SPDX-License-Identifier: MIT */
#include "train/resize_image.h"

#include <stdlib.h>

#include "base/memory.h"
#include "compute/engine.h"
#include "compute/resize.h"

struct resizing {
    uint8_t *out;
    struct det_resize op;
};

static det_status program(struct det_compute *compute, void *user)
{
    struct resizing *r = user;
    struct det_resize op = r->op;
    DET_TRY(det_resize(compute, &op, op.resized_h, op.resized_w));
    const int64_t count = det_tensor_count(&op.out);
    for (int64_t i = 0; !det_planning(compute) && i < count; i++)
        r->out[i] = (uint8_t)op.out.data[i]; /* whole numbers already */
    det_tensor_give(compute, &op.out);
    return DET_OK;
}

det_status det_resize_image(uint8_t **out, const det_pixels *pixels,
                            int32_t height, int32_t width,
                            struct det_message *message)
{
    struct det_engine engine;
    struct resizing r = {.op = {.kind = DET_RESIZE_PILLOW,
                                .pixels = *pixels,
                                .resized_h = height,
                                .resized_w = width,
                                .unit = 1.0f,
                                .std = {1.0f, 1.0f, 1.0f}}};
    DET_TRY(det_allocate(&r.out, (size_t)height * (size_t)width, 3, message));
    det_status status = det_engine_create(
        &engine, &(struct det_engine_options){.threads = 1}, message);
    if (status == DET_OK)
        status = det_engine_run(&engine, program, &r);
    det_engine_destroy(&engine);
    if (status != DET_OK) {
        free(r.out);
        return status;
    }
    *out = r.out;
    return DET_OK;
}
