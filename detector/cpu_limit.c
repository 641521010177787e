/* SPDX-License-Identifier: MIT */
#include "compute/engine.h"
#include "compute/fma_limit.h"
#include "detect/measure.h"

det_status det_cpu_limit_measure(int32_t threads, det_cpu_limit *out)
{
    struct det_engine engine;
    const struct det_engine_options options = {.threads = threads};
    if (!out)
        return DET_ERROR_ARGUMENT;
    *out = (det_cpu_limit){.vectors = ""};
    DET_TRY(det_engine_create(&engine, &options, NULL));
    out->threads = engine.compute.threads;
    out->gflops = det_fma_limit_of(out->threads, &out->vectors);
    det_engine_destroy(&engine);
    return DET_OK;
}
