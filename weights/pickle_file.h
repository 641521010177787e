/* SPDX-License-Identifier: MIT */
/* Files that begin with a pickle: torch's format before version 1.6, and
 * Detectron2's and Detectron's .pkl. */
#ifndef WEIGHTS_PICKLE_FILE_H
#define WEIGHTS_PICKLE_FILE_H

#include "weights/weights.h"

/* `data` must outlive `out`; on failure the caller destroys it. */
det_status det_pickle_file_parse(struct det_weights *out, const uint8_t *data,
                                 size_t size, struct det_message *message);

#endif
