/* SPDX-License-Identifier: MIT */
#include "weights/read.h"
#include "weights/safetensors.h"

det_status det_weights_read(struct det_weights *out, const char *path,
                            struct det_message *message)
{
    return det_safetensors_open(out, path, message);
}
