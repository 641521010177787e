/* SPDX-License-Identifier: MIT */
#include "compute/engine.h"
#include "compute/ops.h"
#include "detect/measure.h"
#include "detector/context.h"

det_status det_device_limit_measure(det_context *context, const char *device,
                                    det_precision precision, double *gflops)
{
    struct det_engine engine;
    struct det_message *message;
    const struct det_engine_options options = {
        .device = device, .of_device = {.precision = precision}};
    if (!context || !gflops)
        return DET_ERROR_ARGUMENT;
    message = det_context_sink(context);
    *gflops = 0.0;
    det_status status = det_engine_create(&engine, &options, message);
    if (status == DET_OK)
        status = engine.compute.ops->enter(engine.compute.device, message);
    if (status == DET_OK)
        status = engine.compute.ops->product_rate(&engine.compute, gflops);
    *gflops *= 1e-9;
    det_engine_destroy(&engine);
    return status;
}
