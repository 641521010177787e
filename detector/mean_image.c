/* SPDX-License-Identifier: MIT */
#include "detector/mean_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/read.h"

enum { CHANNELS = 3 };

/* The one array, [1, 3, H, W] or [3, H, W]; else NULL. */
static const struct det_weight *find_image(const struct det_weights *weights)
{
    const struct det_weight *image = &weights->items[0];
    if (weights->count != 1 || strcmp(image->name, "mean") != 0)
        return NULL;
    const int64_t *shape = image->shape;
    const bool fits =
        (image->rank == 4 && shape[0] == 1 && shape[1] == CHANNELS) ||
        (image->rank == 3 && shape[0] == CHANNELS);
    return fits && det_weight_count(image) > 0 ? image : NULL;
}

static det_status average(float mean[3], const struct det_weight *image,
                          struct det_message *message)
{
    const size_t places = det_weight_count(image) / CHANNELS;
    float *values;
    DET_TRY(det_weight_check_finite(image, message));
    DET_TRY(det_allocate(&values, CHANNELS * places, sizeof *values, message));
    det_weight_copy_f32(values, image);
    for (size_t c = 0; c < CHANNELS; c++) {
        double sum = 0.0;
        for (size_t i = 0; i < places; i++)
            sum += (double)values[c * places + i];
        mean[c] = (float)(sum / (double)places);
    }
    free(values);
    return DET_OK;
}

det_status det_mean_image_read(float mean[3], const char *path,
                               struct det_message *message)
{
    struct det_weights weights;
    det_status status;
    DET_TRY(det_weights_read(&weights, path, message));
    const struct det_weight *image = find_image(&weights);
    status = image ? average(mean, image, message)
                   : det_fail(message, DET_ERROR_MODEL,
                              "not a mean image of three channels, such as "
                              "ResNet_mean.binaryproto");
    if (status != DET_OK)
        det_message_prefix(message, path);
    det_weights_destroy(&weights);
    return status;
}
