/* SPDX-License-Identifier: MIT */
#include "detector/feature_places.h"

#include <math.h>

struct det_anchor_stride
det_anchor_stride_of(const struct det_preset *preset,
                     const struct det_feature_maps *features, int level,
                     const struct det_input_size *size)
{
    const struct det_tensor *map = &features->maps[level];
    const int32_t stride = features->strides[level];
    if (preset->anchor_stride == DET_STRIDE_OF_LEVEL)
        return (struct det_anchor_stride){stride, stride};
    return (struct det_anchor_stride){size->padded_h / map->h,
                                      size->padded_w / map->w};
}

struct det_roi_maps det_roi_maps_of(const struct det_preset *preset,
                                    const struct det_feature_maps *features,
                                    int32_t height)
{
    struct det_roi_maps maps = {.count =
                                    features->count > 1 ? DET_FPN_INPUTS : 1};
    for (int i = 0; i < maps.count; i++) {
        maps.maps[i] = features->maps[i];
        maps.scales[i] = 1.0f / (float)features->strides[i];
        /* torchvision poolers.py _infer_scale: the power of two nearest to
         * the heights' ratio, which differs for very flat photos. */
        if (preset->roi_scale_inferred)
            maps.scales[i] =
                exp2f(rintf(log2f((float)features->maps[i].h / (float)height)));
    }
    return maps;
}
