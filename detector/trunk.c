/* SPDX-License-Identifier: MIT */
#include "detector/trunk.h"

#include <string.h>

#include "base/smaller.h"
#include "compute/resize.h"
#include "detector/feature_places.h"

/* -------------------------------------------------------------------- sizes */

void det_trunk_sizes_for(struct det_trunk_sizes *out,
                         const struct det_settings *settings, int32_t height,
                         int32_t width)
{
    const int32_t usual = settings->preset.min_size;
    *out = (struct det_trunk_sizes){
        .count = 1, .sizes = {det_input_size_for(settings, height, width)}};
    for (int i = 0; i < settings->num_scales; i++) {
        const int32_t scale = settings->scales[i];
        if (scale == usual) {
            out->of_scale[i] = 0;
            continue;
        }
        out->of_scale[i] = out->count;
        out->sizes[out->count++] =
            det_input_size_at(settings, scale, height, width);
    }
}

void det_trunk_sizes_widen(struct det_trunk_sizes *sizes,
                           const struct det_trunk_sizes *other)
{
    for (int i = 0; i < sizes->count; i++) {
        struct det_input_size *size = &sizes->sizes[i];
        size->padded_h = det_larger(size->padded_h, other->sizes[i].padded_h);
        size->padded_w = det_larger(size->padded_w, other->sizes[i].padded_w);
    }
}

/* -------------------------------------------------------------------- stages
 */

det_status det_trunk_take(struct det_compute *compute, struct det_trunk *trunk,
                          const struct det_trunk_sizes *sizes, int32_t count)
{
    const struct det_tensor like = {
        .n = count, .capacity = count, .element = compute->element};
    *trunk = (struct det_trunk){.tallest = 0};
    for (int i = 0; i < sizes->count; i++)
        DET_TRY(det_tensor_take_like(compute, &trunk->images[i], &like,
                                     sizes->sizes[i].padded_h,
                                     sizes->sizes[i].padded_w, 3));
    return DET_OK;
}

static det_status resize(struct det_compute *compute,
                         const struct det_tensor *out,
                         const struct det_preset *p,
                         const struct det_input_size *size, bool mirrored,
                         const det_pixels *pixels)
{
    struct det_resize op = {.kind = p->resize,
                            .mirrored = mirrored,
                            .pixels = *pixels,
                            .resized_h = size->resized_h,
                            .resized_w = size->resized_w,
                            .factor = size->factor,
                            .bgr = p->bgr,
                            .unit = p->unit,
                            .out = *out};
    memcpy(op.mean, p->mean, sizeof op.mean);
    memcpy(op.std, p->std, sizeof op.std);
    return det_resize_into(compute, &op);
}

det_status det_trunk_resize(struct det_compute *compute,
                            struct det_trunk *trunk, int32_t index,
                            const struct det_settings *settings,
                            const struct det_trunk_sizes *sizes,
                            const det_pixels *pixels)
{
    for (int i = 0; i < sizes->count; i++) {
        const struct det_tensor image =
            det_tensor_one(&trunk->images[i], index);
        DET_TRY(resize(compute, &image, &settings->preset, &sizes->sizes[i],
                       sizes->mirrored, pixels));
    }
    trunk->tallest = det_larger(trunk->tallest, sizes->sizes[0].resized_h);
    return DET_OK;
}

det_status det_trunk_forward(struct det_compute *compute,
                             struct det_trunk *trunk,
                             const struct det_backbone *backbone,
                             const struct det_trunk_sizes *sizes)
{
    for (int i = 0; i < sizes->count; i++)
        DET_TRY(det_backbone_forward(compute, backbone, &trunk->features[i],
                                     &trunk->images[i]));
    return DET_OK;
}

/* --------------------------------------------------------------------- RoIs */

/* By the longer side, which rounding changes less. */
static float factor_of(const struct det_input_size *size,
                       const struct det_input_size *usual)
{
    return usual->resized_h > usual->resized_w
               ? (float)size->resized_h / (float)usual->resized_h
               : (float)size->resized_w / (float)usual->resized_w;
}

static struct det_roi_maps maps_of_scales(const struct det_trunk *trunk,
                                          const struct det_settings *settings,
                                          const struct det_trunk_sizes *sizes)
{
    const struct det_input_size *usual = &sizes->sizes[0];
    struct det_roi_maps maps = {.count = settings->num_scales,
                                .of_scales = true};
    for (int i = 0; i < maps.count; i++) {
        const int k = sizes->of_scale[i];
        const struct det_feature_maps *features = &trunk->features[k];
        maps.maps[i] = features->maps[0];
        maps.factors[i] = factor_of(&sizes->sizes[k], usual);
        maps.scales[i] = maps.factors[i] / (float)features->strides[0];
    }
    return maps;
}

struct det_roi_maps det_trunk_roi_maps(const struct det_trunk *trunk,
                                       int32_t index,
                                       const struct det_settings *settings,
                                       const struct det_trunk_sizes *sizes)
{
    struct det_roi_maps maps =
        settings->num_scales > 0
            ? maps_of_scales(trunk, settings, sizes)
            : det_roi_maps_of(&settings->preset, &trunk->features[0],
                              trunk->tallest);
    for (int i = 0; i < maps.count; i++)
        maps.maps[i] = det_tensor_one(&maps.maps[i], index);
    return maps;
}
