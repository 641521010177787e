/* SPDX-License-Identifier: MIT */
/*
 * Parts of a program that ask a device for the same work each time.  A device
 * may record what it is asked for (a CUDA graph), and play it the next time at
 * once: operators then take their memory and compute nothing
 * (compute->playing).
 *
 * Such a part neither waits nor reads what the host's memory holds: shapes and
 * what its name tells are all that it depends on.
 */
#ifndef COMPUTE_RECORDING_H
#define COMPUTE_RECORDING_H

#include "compute/compute.h"

/* Everything that differs between runs of the part goes into `name` but where
 * the arenas' memory is; two parts have different names.  While planning, with
 * a tape or with a watch on layers nothing is recorded or played. */
det_status det_recording_begin(struct det_compute *compute, const void *name,
                               size_t size);
det_status det_recording_end(struct det_compute *compute);

/* After a run that failed with this status: none is open then.  True: the
 * device could not record or play, and will not try that part again; the run is
 * worth another try. */
bool det_recording_drop(struct det_compute *compute, det_status status);

#endif
