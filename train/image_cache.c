/* SPDX-License-Identifier: MIT */
#include "train/image_cache.h"

#include <stdlib.h>

#include "base/memory.h"
#include "detector/dataset_image.h"

static const uint64_t most_pixels = 89478485;

det_status det_image_cache_create(struct det_image_cache *out,
                                  const struct det_dataset *dataset,
                                  const char *folder, size_t most_bytes,
                                  struct det_message *message)
{
    *out = (struct det_image_cache){
        .dataset = dataset, .folder = folder, .most_bytes = most_bytes};
    DET_TRY(det_allocate(&out->images, dataset->num_images, sizeof *out->images,
                         message));
    pthread_mutex_init(&out->lock, NULL);
    return DET_OK;
}

void det_image_cache_destroy(struct det_image_cache *cache)
{
    if (!cache->images)
        return;
    for (size_t i = 0; i < cache->dataset->num_images; i++)
        det_image_destroy(&cache->images[i]);
    free(cache->images);
    pthread_mutex_destroy(&cache->lock);
    *cache = (struct det_image_cache){0};
}

static size_t image_bytes(const struct det_image *image)
{
    return image->pixels.stride * (size_t)image->pixels.height;
}

det_status det_image_cache_take(struct det_image_cache *cache,
                                struct det_image **out, size_t index,
                                struct det_message *message)
{
    pthread_mutex_lock(&cache->lock);
    *out = cache->images[index];
    pthread_mutex_unlock(&cache->lock);
    if (*out)
        return DET_OK;
    return det_dataset_read_image(out, &cache->dataset->images[index],
                                  cache->folder, most_pixels, message);
}

void det_image_cache_give(struct det_image_cache *cache,
                          struct det_image *image, size_t index)
{
    const size_t bytes = image_bytes(image);
    pthread_mutex_lock(&cache->lock);
    struct det_image **kept = &cache->images[index];
    if (!*kept && bytes <= cache->most_bytes - cache->bytes) {
        *kept = image;
        cache->bytes += bytes;
    }
    const bool is_kept = *kept == image;
    pthread_mutex_unlock(&cache->lock);
    if (!is_kept)
        det_image_destroy(&image);
}
