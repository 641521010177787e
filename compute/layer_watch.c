/* SPDX-License-Identifier: MIT */
#include "compute/layer_watch.h"

#include "base/clock.h"

/* Until the end, `seconds` are those at the beginning. */
det_status det_layer_watch_begin(struct det_compute *compute,
                                 struct det_layer_call *call)
{
    DET_TRY(det_wait(compute));
    call->seconds = det_seconds();
    return DET_OK;
}

det_status det_layer_watch_end(struct det_compute *compute,
                               struct det_layer_call *call)
{
    DET_TRY(det_wait(compute));
    call->seconds = det_seconds() - call->seconds;
    compute->watch->see(compute->watch->user, call);
    return DET_OK;
}
