/* SPDX-License-Identifier: MIT */
#include "train/sample.h"

#include <stdlib.h>

#include "base/memory.h"

det_status det_sample_create(struct det_sample *out, int32_t height,
                             int32_t width, struct det_message *message)
{
    *out = (struct det_sample){.height = height, .width = width, .label = -1};
    return det_allocate(&out->pixels, (size_t)height * (size_t)width, 3,
                        message);
}

void det_sample_destroy(struct det_sample *sample)
{
    for (size_t i = 0; i < sample->num_objects; i++)
        free(sample->objects[i].mask);
    free(sample->objects);
    free(sample->pixels);
    *sample = (struct det_sample){0};
}
