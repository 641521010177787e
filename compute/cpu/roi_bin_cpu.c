/* SPDX-License-Identifier: MIT */
#include "compute/cpu/roi_bin_cpu.h"

#include <string.h>

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/pieces_cpu.h"
#include "compute/cpu/unrolled_cpu.h"

static struct det_roi_tap tap_of(const struct det_bin_samples *s, int32_t i)
{
    return det_roi_tap_at(
        det_roi_sample_at(s->start, s->bin, s->grid, s->index, i), s->size);
}

/* Of a box whose corners are the wrong way round the samples go back, and the
 * first is the last. */
static bool find_places(struct det_bin_axis *axis,
                        const struct det_bin_samples *of)
{
    int32_t first = of->size, last = -1;
    for (int32_t i = 0; i < of->grid; i++) {
        const struct det_roi_tap tap = tap_of(of, i);
        if (!tap.inside)
            continue;
        first = det_smaller(first, tap.low);
        last = tap.high > last ? tap.high : last;
    }
    axis->first = first;
    axis->count = last < first ? 0 : last - first + 1;
    return axis->count <= DET_BIN_PLACES;
}

bool det_bin_axis(struct det_bin_axis *axis, const struct det_bin_samples *of)
{
    *axis = (struct det_bin_axis){0};
    if (fabsf(of->bin) > (float)of->grid || !find_places(axis, of))
        return false;
    for (int32_t i = 0; i < of->grid; i++) {
        const struct det_roi_tap tap = tap_of(of, i);
        if (!tap.inside)
            continue;
        axis->weights[tap.low - axis->first] += 1.0f - tap.weight;
        axis->weights[tap.high - axis->first] += tap.weight;
    }
    for (int32_t i = 0; i < axis->count; i++)
        axis->weights[i] /= (float)of->grid;
    return true;
}

INLINE void add_places(float *restrict out, const float *restrict in,
                       int32_t channels, const float *weights, int32_t count)
{
    for (int32_t k = 0; k < channels; k++) {
        float sum = out[k];
        EACH (i, count)
            sum += weights[i] * in[(int64_t)i * channels + k];
        out[k] = sum;
    }
}

/* Up to four places that lie together. */
DET_CPU_CLONES
static void add_run(float *out, const float *in, int32_t channels,
                    const float *weights, int32_t count)
{
    switch (count) {
    case 1:
        add_places(out, in, channels, weights, 1);
        break;
    case 2:
        add_places(out, in, channels, weights, 2);
        break;
    case 3:
        add_places(out, in, channels, weights, 3);
        break;
    default:
        add_places(out, in, channels, weights, 4);
    }
}

void det_bin_sum(float *out, const struct det_tensor *map,
                 const struct det_bin_axis *rows,
                 const struct det_bin_axis *columns)
{
    enum { RUN = 4 };
    memset(out, 0, (size_t)map->c * sizeof *out);
    for (int32_t y = 0; y < rows->count; y++) {
        const float *row =
            map->data + (int64_t)(rows->first + y) * map->w * map->c;
        for (int32_t x = 0; x < columns->count; x += RUN) {
            const int32_t count = det_smaller(columns->count - x, RUN);
            float weights[RUN] = {0};
            for (int32_t i = 0; i < count; i++)
                weights[i] = rows->weights[y] * columns->weights[x + i];
            add_run(out, row + (int64_t)(columns->first + x) * map->c, map->c,
                    weights, count);
        }
    }
}
