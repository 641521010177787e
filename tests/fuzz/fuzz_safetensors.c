/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a safetensors file: parse, check, look up and convert.  Traps
 * when a refusal has no byte offset, or when an array that was accepted does
 * not lie inside the input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weights/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_array(const struct det_weights *weights,
                        const struct det_weight *weight, const uint8_t *data,
                        size_t size)
{
    const size_t count = det_weight_count(weight);
    const size_t bytes = count * det_dtype_size(weight->dtype);
    if (det_weights_find(weights, weight->name) != weight)
        __builtin_trap();
    if (bytes > size || weight->data < data ||
        weight->data + bytes > data + size)
        __builtin_trap();
    float *floats = malloc((count ? count : 1) * sizeof *floats);
    if (floats)
        det_weight_copy_f32(floats, weight);
    free(floats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct det_message message = {0};
    struct det_weights weights;
    const det_status status =
        det_safetensors_parse(&weights, data, size, &message);
    if (status != DET_OK) {
        if (status != DET_ERROR_MODEL || strncmp(message.text, "byte ", 5) != 0)
            __builtin_trap();
        return 0;
    }
    det_weights_check_finite(&weights, &message);
    for (size_t i = 0; i < weights.count; i++)
        check_array(&weights, &weights.items[i], data, size);
    det_weights_destroy(&weights);
    return 0;
}
