/* SPDX-License-Identifier: MIT */
#include "detector/input_size.h"

#include "base/smaller.h"

#include <math.h>

struct size {
    int32_t h, w;
    double factor;
};

/* torchvision 0.14 models/detection/transform.py: min_size / tensor is the
 * tensor's float32 reciprocal times min_size. */
static struct size floor_float(const struct det_preset *p, int32_t h, int32_t w)
{
    const float by_min = (1.0f / (float)det_smaller(h, w)) * (float)p->min_size;
    const float by_max = (1.0f / (float)det_larger(h, w)) * (float)p->max_size;
    const double scale = (double)fminf(by_min, by_max);
    return (struct size){.h = (int32_t)floor(h * scale),
                         .w = (int32_t)floor(w * scale)};
}

static struct size floor_double(const struct det_preset *p, int32_t h,
                                int32_t w)
{
    const double scale = fmin((double)p->min_size / det_smaller(h, w),
                              (double)p->max_size / det_larger(h, w));
    return (struct size){.h = (int32_t)floor(h * scale),
                         .w = (int32_t)floor(w * scale)};
}

/* Detectron2 ResizeShortestEdge.get_output_shape */
static struct size half_up(const struct det_preset *p, int32_t h, int32_t w)
{
    const double scale = (double)p->min_size / det_smaller(h, w);
    double new_h = h < w ? (double)p->min_size : scale * h;
    double new_w = h < w ? scale * w : (double)p->min_size;
    const double longest = fmax(new_h, new_w);
    if (longest > (double)p->max_size) {
        const double shrink = (double)p->max_size / longest;
        new_h *= shrink;
        new_w *= shrink;
    }
    return (struct size){.h = (int32_t)(new_h + 0.5),
                         .w = (int32_t)(new_w + 0.5)};
}

/* py-faster-rcnn lib/fast_rcnn/test.py _get_image_blob; cv2.resize rounds the
 * sides half to even, which may give one pixel more than max_size. */
static struct size one_factor(const struct det_preset *p, int32_t h, int32_t w)
{
    double factor = (double)p->min_size / det_smaller(h, w);
    if (rint(factor * det_larger(h, w)) > (double)p->max_size)
        factor = (double)p->max_size / det_larger(h, w);
    return (struct size){.h = (int32_t)rint(h * factor),
                         .w = (int32_t)rint(w * factor),
                         .factor = factor};
}

static struct size size_by_rule(const struct det_preset *p, int32_t h,
                                int32_t w)
{
    switch (p->size_rule) {
    case DET_SIZE_FLOOR_FLOAT:
        return floor_float(p, h, w);
    case DET_SIZE_FLOOR_DOUBLE:
        return floor_double(p, h, w);
    case DET_SIZE_ONE_FACTOR:
        return one_factor(p, h, w);
    case DET_SIZE_HALF_UP:
        break;
    }
    return half_up(p, h, w);
}

static int32_t round_up(int32_t side, int32_t multiple)
{
    return (side + multiple - 1) / multiple * multiple;
}

struct det_input_size det_input_size_for(const struct det_settings *settings,
                                         int32_t height, int32_t width)
{
    const struct det_preset *p = &settings->preset;
    const struct size size = size_by_rule(p, height, width);
    const int32_t h = det_larger(size.h, 1), w = det_larger(size.w, 1);
    return (struct det_input_size){
        .resized_h = h,
        .resized_w = w,
        .padded_h = round_up(h, settings->pad_multiple),
        .padded_w = round_up(w, settings->pad_multiple),
        .factor = size.factor};
}

struct det_settings det_settings_at(const struct det_settings *settings,
                                    int32_t scale)
{
    struct det_settings at_scale = *settings;
    const struct det_preset *p = &settings->preset;
    at_scale.preset.min_size = scale;
    at_scale.preset.max_size =
        (int32_t)rint((double)p->max_size * scale / p->min_size);
    return at_scale;
}

struct det_input_size det_input_size_at(const struct det_settings *settings,
                                        int32_t scale, int32_t height,
                                        int32_t width)
{
    const struct det_settings at_scale = det_settings_at(settings, scale);
    return det_input_size_for(&at_scale, height, width);
}

struct det_photo_ratio det_photo_ratio_of(const struct det_input_size *size,
                                          int32_t height, int32_t width)
{
    return (struct det_photo_ratio){(float)width / (float)size->resized_w,
                                    (float)height / (float)size->resized_h};
}

struct det_extent det_clip_extent(const struct det_settings *settings,
                                  int32_t width, int32_t height)
{
    const float less = (float)settings->preset.box_counting;
    return (struct det_extent){(float)width - less, (float)height - less};
}
