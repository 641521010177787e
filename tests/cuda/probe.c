/* SPDX-License-Identifier: MIT */
/* Whether this build has CUDA and this machine a GPU: exit status 0, or 77
 * ("skipped") and why not on stdout. */
#include <stdio.h>

#include "compute/ops.h"

enum { SKIPPED = 77 };

int main(void)
{
    struct det_message message = {0};
    struct det_device *device = NULL;
    const struct det_device_options options = {0};
    const struct det_ops *ops;
    if (det_ops_find(&ops, "cuda", &message) != DET_OK ||
        ops->open(&device, &options, &message) != DET_OK) {
        printf("skipped: %s\n", message.text);
        return SKIPPED;
    }
    ops->close(&device);
    return 0;
}
