/* SPDX-License-Identifier: MIT */
#include "train/classify_sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "detector/views.h"
#include "train/colour.h"
#include "train/crop.h"
#include "train/resize_image.h"

/* A picture, resized or not. */
struct picture {
    const uint8_t *pixels;
    uint8_t *owned; /* NULL when they are the cache's */
    int32_t height, width;
};

static int32_t choose_scale(const struct det_classify_source *source,
                            struct det_random *random)
{
    const struct det_classify_augment *a = &source->augment;
    if (!source->is_random)
        return (a->min_scale + a->max_scale) / 2;
    const int32_t range = a->max_scale - a->min_scale + 1;
    return a->min_scale + (int32_t)det_random_below(random, (uint64_t)range);
}

static det_status scale_picture(struct picture *out,
                                const struct det_classify_source *source,
                                const det_pixels *pixels,
                                struct det_random *random,
                                struct det_message *message)
{
    *out = (struct picture){.pixels = pixels->data,
                            .height = pixels->height,
                            .width = pixels->width};
    if (source->augment.min_scale == 0)
        return DET_OK;
    const struct det_view_size size = det_view_size_for(
        choose_scale(source, random), pixels->height, pixels->width);
    if (size.h == pixels->height && size.w == pixels->width)
        return DET_OK;
    DET_TRY(det_resize_image(&out->owned, pixels, size.h, size.w, message));
    out->pixels = out->owned;
    out->height = size.h;
    out->width = size.w;
    return DET_OK;
}

/* Somewhere in [-pad, room + pad], or the middle. */
static int32_t choose_offset(const struct det_classify_source *source,
                             int32_t room, struct det_random *random)
{
    const int32_t pad = source->augment.pad;
    if (!source->is_random || room + 2 * pad < 0)
        return room / 2;
    return (int32_t)det_random_below(random, (uint64_t)(room + 2 * pad + 1)) -
           pad;
}

static void cut(struct det_sample *out,
                const struct det_classify_source *source,
                const struct picture *picture, struct det_random *random)
{
    const struct det_classify_augment *a = &source->augment;
    struct det_crop crop = {
        .y = choose_offset(source, picture->height - a->side, random),
        .x = choose_offset(source, picture->width - a->side, random),
        .height = a->side,
        .width = a->side,
        .mirrored =
            source->is_random && a->flip && det_random_below(random, 2)};
    const size_t pixels = (size_t)a->side * (size_t)a->side;
    memcpy(crop.fill, a->fill, sizeof crop.fill);
    det_crop_pixels(out->pixels, &crop, picture->pixels, picture->height,
                    picture->width);
    if (source->is_random && a->jitter > 0.0)
        det_colour_jitter(out->pixels, pixels, a->jitter, random);
    if (source->is_random && a->pca)
        det_colour_pca(out->pixels, pixels, random);
}

static det_status make(const struct det_classify_source *source, uint64_t place,
                       struct det_sample *out, const struct det_image *image,
                       struct det_message *message)
{
    struct det_random random = det_random_of(source->seed, "augment", place);
    const int32_t side = source->augment.side;
    struct picture picture;
    DET_TRY(scale_picture(&picture, source, &image->pixels, &random, message));
    const det_status status = det_sample_create(out, side, side, message);
    if (status == DET_OK)
        cut(out, source, &picture, &random);
    free(picture.owned);
    return status;
}

det_status det_classify_sample(void *user, uint64_t place,
                               struct det_sample *out, size_t *image,
                               struct det_message *message)
{
    const struct det_classify_source *source = user;
    struct det_image *decoded;
    const size_t count = source->cache->dataset->num_images;
    *image = source->order ? det_sample_order_at(source->order, place)
                           : (size_t)(place % count);
    DET_TRY(det_image_cache_take(source->cache, &decoded, *image, message));
    const det_status status = make(source, place, out, decoded, message);
    det_image_cache_give(source->cache, decoded, *image);
    if (status != DET_OK)
        return status;
    out->image = *image;
    out->label = source->labels[*image];
    return DET_OK;
}
