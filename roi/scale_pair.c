/* SPDX-License-Identifier: MIT */
#include "roi/scale_pair.h"

#include <math.h>

static const double usual_area = 224.0 * 224.0;

static double distance(float factor, double area)
{
    return fabs(area * (double)factor * (double)factor - usual_area);
}

/* The distance has one minimum over the scales, so the pair of the least sum
 * is the nearest scale and the nearer of its neighbours. */
int32_t det_scale_pair(const float *factors, int32_t count, struct det_box box)
{
    const double area = (double)det_box_area(box);
    int32_t best = 0;
    double least = INFINITY;
    for (int32_t i = 0; i + 1 < count; i++) {
        const double sum =
            distance(factors[i], area) + distance(factors[i + 1], area);
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    return best;
}
