/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_target.h"

#include <math.h>

/* Where samples of one axis fall: two neighbours and the second one's share;
 * samples more than a pixel outside see nothing. */
struct tap {
    int32_t first, second;
    float share;
    bool outside;
};

/* torchvision's roi_align_common.h */
static struct tap tap_at(float at, int32_t size)
{
    struct tap tap = {0};
    tap.outside = !(at >= -1.0f && at <= (float)size);
    if (tap.outside)
        return tap;
    at = at <= 0.0f ? 0.0f : at;
    tap.first = (int32_t)at;
    if (tap.first >= size - 1) {
        tap.first = tap.second = size - 1;
        return tap;
    }
    tap.second = tap.first + 1;
    tap.share = at - (float)tap.first;
    return tap;
}

/* One axis of a box on a grid. */
struct axis {
    float start, bin;
    int32_t samples; /* of a bin */
};

static struct axis make_axis(float start, float end, int32_t side)
{
    const float size = fmaxf(end - start, 1.0f);
    return (struct axis){.start = start,
                         .bin = size / (float)side,
                         .samples = (int32_t)ceilf(size / (float)side)};
}

static float place_of(const struct axis *axis, int32_t bin, int32_t sample)
{
    return axis->start + (float)bin * axis->bin +
           ((float)sample + 0.5f) * axis->bin / (float)axis->samples;
}

static float see(const struct det_true_mask *mask, const struct tap *y,
                 const struct tap *x)
{
    const uint8_t *upper = mask->pixels + (int64_t)y->first * mask->width;
    const uint8_t *lower = mask->pixels + (int64_t)y->second * mask->width;
    const float hy = 1.0f - y->share, hx = 1.0f - x->share;
    return hy * hx * upper[x->first] + hy * x->share * upper[x->second] +
           y->share * hx * lower[x->first] +
           y->share * x->share * lower[x->second];
}

static float bin_mean(const struct det_true_mask *mask, const struct axis *down,
                      const struct axis *across, int32_t row, int32_t column)
{
    float sum = 0.0f;
    for (int32_t i = 0; i < down->samples; i++) {
        const struct tap y = tap_at(place_of(down, row, i), mask->height);
        for (int32_t k = 0; !y.outside && k < across->samples; k++) {
            const struct tap x =
                tap_at(place_of(across, column, k), mask->width);
            if (!x.outside)
                sum += see(mask, &y, &x);
        }
    }
    return sum / (float)(down->samples * across->samples);
}

void det_mask_target(float *out, const struct det_true_mask *mask,
                     struct det_box box, int32_t side)
{
    const struct axis down = make_axis(box.y1, box.y2, side);
    const struct axis across = make_axis(box.x1, box.x2, side);
    for (int32_t row = 0; row < side; row++)
        for (int32_t column = 0; column < side; column++)
            out[row * side + column] =
                bin_mean(mask, &down, &across, row, column);
}
