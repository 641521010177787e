/* SPDX-License-Identifier: MIT */
#include "compute/recording.h"

#include "compute/ops.h"

static bool is_recorded(const struct det_compute *compute)
{
    return !det_planning(compute) && !compute->tape && !compute->watch;
}

det_status det_recording_begin(struct det_compute *compute, const void *name,
                               size_t size)
{
    return is_recorded(compute)
               ? compute->ops->record_begin(compute, name, size)
               : DET_OK;
}

det_status det_recording_end(struct det_compute *compute)
{
    const bool playing = compute->playing;
    compute->recording = compute->playing = false;
    return is_recorded(compute) ? compute->ops->record_end(compute, playing)
                                : DET_OK;
}

bool det_recording_drop(struct det_compute *compute, det_status status)
{
    compute->recording = compute->playing = false;
    return compute->ops->record_drop(compute, status);
}
