/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a weight file: containers, pickles, tensors.  Traps when an
 * array that was accepted cannot be read, and on a refusal without a text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "weights/read.h"

enum { MOST_ELEMENTS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float floats[MOST_ELEMENTS];
    struct det_message message = {0};
    struct det_weights weights;
    if (det_weights_read_memory(&weights, data, size, &message) != DET_OK) {
        if (message.text[0] == '\0')
            __builtin_trap();
        return 0;
    }
    for (size_t i = 0; i < weights.count; i++) {
        const struct det_weight *weight = &weights.items[i];
        size_t extent;
        if (!det_weight_extent(&extent, weight) ||
            det_weights_find(&weights, weight->name) != weight)
            __builtin_trap();
        if (det_weight_count(weight) > MOST_ELEMENTS)
            continue;
        det_weight_copy_f32(floats, weight);
        det_weight_check_finite(weight, &message);
    }
    det_weights_destroy(&weights);
    return 0;
}
