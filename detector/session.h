/* SPDX-License-Identifier: MIT */
/* What the library's own users of sessions may do besides. */
#ifndef DETECTOR_SESSION_H
#define DETECTOR_SESSION_H

#include "detect/detect.h"

/* As struct det_compute's: asked at each operator, finer than before each
 * stage, which may take seconds. */
void det_session_set_stop(det_session *session, int (*stop)(void *user),
                          void *user);

#endif
