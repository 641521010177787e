/* SPDX-License-Identifier: MIT */
/* torch.save since version 1.6: a zip of one pickle and one entry per
 * storage. */
#ifndef WEIGHTS_TORCH_ZIP_H
#define WEIGHTS_TORCH_ZIP_H

#include "weights/weights.h"

/* `data` may go afterwards; on failure the caller destroys `out`. */
det_status det_torch_zip_parse(struct det_weights *out, const uint8_t *data,
                               size_t size, struct det_message *message);

#endif
