/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a .caffemodel.h5, and the layers as those of a network.  Traps
 * when an array that was accepted cannot be read, when arrays have more bytes
 * together than the file, and on a refusal without a text.
 */
#include <stdint.h>

#include "detector/import_caffe.h"
#include "weights/caffe_hdf5.h"
#include "weights/hdf5.h"

enum { MOST_ELEMENTS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_arrays(const struct det_weights *weights, size_t size)
{
    static float floats[MOST_ELEMENTS];
    size_t used = 0;
    for (size_t i = 0; i < weights->count; i++) {
        const struct det_weight *weight = &weights->items[i];
        size_t extent;
        if (!det_weight_extent(&extent, weight))
            __builtin_trap();
        used += extent * det_dtype_size(weight->dtype);
        if (extent <= MOST_ELEMENTS)
            det_weight_copy_f32(floats, weight);
    }
    if (used > size)
        __builtin_trap();
}

static void import(struct det_weights *file)
{
    struct det_message message = {0};
    struct det_weights out = {0};
    if (det_weights_finish(file, &message) != DET_OK)
        return;
    if (det_import_caffe(&out, file, &message) != DET_OK &&
        message.text[0] == '\0')
        __builtin_trap();
    det_weights_destroy(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct det_message message = {0};
    struct det_weights weights = {0};
    if (det_caffe_hdf5_parse(&weights, data, size, &message) == DET_OK) {
        if (!det_is_hdf5(data, size))
            __builtin_trap();
        check_arrays(&weights, size);
        import(&weights);
    } else if (message.text[0] == '\0') {
        __builtin_trap();
    }
    det_weights_destroy(&weights);
    return 0;
}
