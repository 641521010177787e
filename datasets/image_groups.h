/* SPDX-License-Identifier: MIT */
/* Annotations by their images. */
#ifndef DATASETS_IMAGE_GROUPS_H
#define DATASETS_IMAGE_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

struct det_dataset;

/* Those of image i, in the file's order, are order[start[i]] ..
 * order[start[i + 1] - 1]; annotations of unknown images are in none. */
struct det_image_groups {
    size_t *start;   /* [images + 1] */
    uint32_t *order; /* places of annotations */
};

det_status det_image_groups_init(struct det_image_groups *out,
                                 const struct det_dataset *dataset,
                                 struct det_message *message);
void det_image_groups_destroy(struct det_image_groups *groups);

#endif
