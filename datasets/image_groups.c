/* SPDX-License-Identifier: MIT */
#include "datasets/image_groups.h"

#include <stdlib.h>

#include "base/memory.h"
#include "datasets/dataset.h"

/* Counting sort. */
static void fill(struct det_image_groups *out,
                 const struct det_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_annotations; i++)
        if (dataset->annotations[i].image != DET_NO_INDEX)
            out->start[dataset->annotations[i].image]++;
    size_t sum = 0;
    for (size_t i = 0; i <= dataset->num_images; i++) {
        sum += out->start[i];
        out->start[i] = sum; /* the end, until the places are given */
    }
    for (size_t i = dataset->num_annotations; i-- > 0;)
        if (dataset->annotations[i].image != DET_NO_INDEX)
            out->order[--out->start[dataset->annotations[i].image]] =
                (uint32_t)i;
}

det_status det_image_groups_init(struct det_image_groups *out,
                                 const struct det_dataset *dataset,
                                 struct det_message *message)
{
    *out = (struct det_image_groups){0};
    det_status status = det_allocate(&out->start, dataset->num_images + 1,
                                     sizeof *out->start, message);
    if (status == DET_OK)
        status = det_allocate(&out->order, dataset->num_annotations,
                              sizeof *out->order, message);
    if (status == DET_OK)
        fill(out, dataset);
    else
        det_image_groups_destroy(out);
    return status;
}

void det_image_groups_destroy(struct det_image_groups *groups)
{
    free(groups->start);
    free(groups->order);
    *groups = (struct det_image_groups){0};
}
