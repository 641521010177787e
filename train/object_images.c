/* SPDX-License-Identifier: MIT */
#include "train/object_images.h"

#include "base/memory.h"

det_status det_object_images_list(det_trainer *trainer, uint32_t **images)
{
    const struct det_dataset *d = trainer->data;
    size_t count = 0;
    DET_TRY(det_allocate(images, d->num_images, sizeof **images,
                         &trainer->message));
    for (size_t i = 0; i < d->num_images; i++)
        if (d->groups.start[i + 1] > d->groups.start[i])
            (*images)[count++] = (uint32_t)i;
    if (count == 0)
        return det_fail(&trainer->message, DET_ERROR_DATASET,
                        "no image has an object to learn from");
    return det_sample_order_create(&trainer->order, count,
                                   (uint64_t)trainer->config.seed,
                                   &trainer->message);
}

void det_object_images_fill(const det_trainer *trainer, uint8_t fill[3])
{
    const struct det_preset *p = &trainer->metadata.preset;
    for (int i = 0; i < 3; i++) {
        const double mean = trainer->config.mean[p->bgr ? 2 - i : i];
        fill[i] = (uint8_t)(mean * (double)p->unit + 0.5);
    }
}

struct det_detect_augment det_object_images_augment(const det_trainer *trainer,
                                                    int32_t crop,
                                                    int32_t max_size)
{
    const struct det_train_config *c = &trainer->config;
    struct det_detect_augment a = {.min_scale = (int32_t)c->min_scale,
                                   .max_scale = (int32_t)c->max_scale,
                                   .max_size = max_size,
                                   .crop = crop,
                                   .flip = c->flip,
                                   .flip_vertical = c->flip_vertical,
                                   .rotate = c->rotate,
                                   .pca = c->pca,
                                   .jitter = c->jitter};
    det_object_images_fill(trainer, a.fill);
    return a;
}
