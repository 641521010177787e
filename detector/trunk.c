/* SPDX-License-Identifier: MIT */
#include "detector/trunk.h"

#include <string.h>

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

/* -------------------------------------------------------------------- stages
 */

static det_status resize(struct det_compute *compute, struct det_tensor *out,
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
                            .out = {.element = compute->element}};
    memcpy(op.mean, p->mean, sizeof op.mean);
    memcpy(op.std, p->std, sizeof op.std);
    DET_TRY(det_resize(compute, &op, size->padded_h, size->padded_w));
    *out = op.out;
    return DET_OK;
}

det_status det_trunk_resize(struct det_compute *compute,
                            struct det_trunk *trunk,
                            const struct det_settings *settings,
                            const struct det_trunk_sizes *sizes,
                            const det_pixels *pixels)
{
    for (int i = 0; i < sizes->count; i++)
        DET_TRY(resize(compute, &trunk->images[i], &settings->preset,
                       &sizes->sizes[i], sizes->mirrored, pixels));
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

struct det_roi_maps det_trunk_roi_maps(const struct det_trunk *trunk,
                                       const struct det_settings *settings,
                                       const struct det_trunk_sizes *sizes)
{
    const struct det_input_size *usual = &sizes->sizes[0];
    if (settings->num_scales == 0)
        return det_roi_maps_of(&settings->preset, &trunk->features[0],
                               usual->resized_h);
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
