/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_target.h"

#include <math.h>

#include "compute/roi_places.h"

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

static float see(const struct det_true_mask *mask, const struct det_roi_tap *y,
                 const struct det_roi_tap *x)
{
    const uint8_t *upper = mask->pixels + (int64_t)y->low * mask->width;
    const uint8_t *lower = mask->pixels + (int64_t)y->high * mask->width;
    const float hy = 1.0f - y->weight, hx = 1.0f - x->weight;
    return hy * hx * upper[x->low] + hy * x->weight * upper[x->high] +
           y->weight * hx * lower[x->low] +
           y->weight * x->weight * lower[x->high];
}

static float bin_mean(const struct det_true_mask *mask, const struct axis *down,
                      const struct axis *across, int32_t row, int32_t column)
{
    float sum = 0.0f;
    for (int32_t i = 0; i < down->samples; i++) {
        const struct det_roi_tap y =
            det_roi_tap_at(place_of(down, row, i), mask->height);
        for (int32_t k = 0; y.inside && k < across->samples; k++) {
            const struct det_roi_tap x =
                det_roi_tap_at(place_of(across, column, k), mask->width);
            if (x.inside)
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
