/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a .caffemodel and as a .binaryproto, and the layers as those of
 * a network.  Traps when an array that was accepted cannot be read, and on a
 * refusal without a text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "detector/import_caffe.h"
#include "weights/caffemodel.h"

enum { MOST_ELEMENTS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_arrays(const struct det_weights *weights)
{
    static float floats[MOST_ELEMENTS];
    for (size_t i = 0; i < weights->count; i++) {
        const struct det_weight *weight = &weights->items[i];
        size_t extent;
        if (!det_weight_extent(&extent, weight))
            __builtin_trap();
        if (det_weight_count(weight) <= MOST_ELEMENTS)
            det_weight_copy_f32(floats, weight);
    }
}

static void import(struct det_weights *file)
{
    struct det_message message = {0};
    struct det_weights out = {0};
    if (det_weights_finish(file, &message) != DET_OK)
        return;
    if (det_import_caffe(&out, file, &message) == DET_OK)
        check_arrays(&out);
    else if (message.text[0] == '\0')
        __builtin_trap();
    det_weights_destroy(&out);
}

static void read_as(det_weights_parse parse, const uint8_t *data, size_t size)
{
    struct det_message message = {0};
    struct det_weights weights = {0};
    if (parse(&weights, data, size, &message) == DET_OK) {
        check_arrays(&weights);
        import(&weights);
    } else if (message.text[0] == '\0') {
        __builtin_trap();
    }
    det_weights_destroy(&weights);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    det_is_caffemodel(data, size);
    det_is_binaryproto(data, size);
    read_as(det_caffemodel_parse, data, size);
    read_as(det_binaryproto_parse, data, size);
    return 0;
}
