/* SPDX-License-Identifier: MIT */
#include "train/object_class.h"

int32_t det_object_class(const struct det_dataset *dataset, size_t image,
                         struct det_random *random)
{
    const size_t begin = dataset->groups.start[image];
    const size_t count = dataset->groups.start[image + 1] - begin;
    if (count == 0)
        return -1;
    const size_t first = (size_t)det_random_below(random, count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t place =
            dataset->groups.order[begin + (first + i) % count];
        const struct det_annotation *a = &dataset->annotations[place];
        if (a->category != DET_NO_INDEX && !a->is_crowd && a->box[2] >= 1.0 &&
            a->box[3] >= 1.0)
            return (int32_t)a->category;
    }
    return -1;
}
