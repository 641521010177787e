/* SPDX-License-Identifier: MIT */
#include "datasets/shape_paint.h"

#include <math.h>
#include <string.h>

enum { OCTAVES = 4 };

/* One number of 0..1 for each corner of the lattice: splitmix64's last steps.
 */
static float corner(uint64_t seed, int32_t x, int32_t y)
{
    uint64_t z = seed + (uint64_t)(uint32_t)x * 0x9e3779b97f4a7c15u +
                 (uint64_t)(uint32_t)y * 0xc2b2ae3d27d4eb4fu;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (float)((z ^ z >> 31) >> 40) * 0x1p-24f;
}

static float smooth(float t)
{
    return t * t * (3.0f - 2.0f * t);
}

static float mix(float a, float b, float t)
{
    return a + (b - a) * t;
}

float det_lattice_noise(uint64_t seed, float x, float y)
{
    const float left = floorf(x), top = floorf(y);
    const int32_t i = (int32_t)left, j = (int32_t)top;
    const float tx = smooth(x - left), ty = smooth(y - top);
    return mix(mix(corner(seed, i, j), corner(seed, i + 1, j), tx),
               mix(corner(seed, i, j + 1), corner(seed, i + 1, j + 1), tx), ty);
}

static float clouds(uint64_t seed, float x, float y)
{
    float sum = 0.0f, weight = 0.5f;
    for (uint64_t i = 0; i < OCTAVES; i++, weight *= 0.5f) {
        sum += weight * det_lattice_noise(seed + i, x, y);
        x *= 2.0f;
        y *= 2.0f;
    }
    return sum;
}

/* ------------------------------------------------------------------- random */

static float between(struct det_random *random, double low, double high)
{
    return (float)(low + (high - low) * det_random_uniform(random));
}

static float limited(float x)
{
    return fminf(fmaxf(x, 0.0f), 1.0f);
}

struct det_paint det_paint_random(struct det_random *random,
                                  const float colour[3], float period)
{
    struct det_paint p = {
        .pattern = (enum det_pattern)det_random_below(random, DET_PATTERNS)};
    const float angle = between(random, 0.0, 2.0 * M_PI);
    const float contrast = between(random, 0.08, 0.35);
    p.along[0] = cosf(angle) / period;
    p.along[1] = sinf(angle) / period;
    p.seed = det_random_bits(random);
    p.roughness = between(random, 0.0, 0.12);
    for (int i = 0; i < 3; i++) {
        const float off = contrast * between(random, -1.0, 1.0);
        p.first[i] = limited(colour[i] + off);
        p.second[i] = limited(colour[i] - off);
    }
    return p;
}

/* -------------------------------------------------------------------- a place
 */

/* Part of the second colour, of a place along the pattern and across it. */
static float share_of(const struct det_paint *p, float u, float v)
{
    const float bu = u - floorf(u), bv = v - floorf(v);
    switch (p->pattern) {
    case DET_PATTERN_GRADIENT:
        return 0.5f + 0.5f * sinf(0.5f * u);
    case DET_PATTERN_STRIPES:
        return bu < 0.5f ? 0.0f : 1.0f;
    case DET_PATTERN_CHECKER:
        return (bu < 0.5f) == (bv < 0.5f) ? 0.0f : 1.0f;
    case DET_PATTERN_DOTS:
        return hypotf(bu - 0.5f, bv - 0.5f) < 0.3f ? 1.0f : 0.0f;
    case DET_PATTERN_CLOUDS:
        return smooth(clouds(p->seed, u, v));
    case DET_PATTERN_PLAIN:
    case DET_PATTERNS:
        break;
    }
    return 0.0f;
}

void det_paint_at(float out[3], const struct det_paint *paint, float x, float y)
{
    const float u = x * paint->along[0] + y * paint->along[1];
    const float v = y * paint->along[0] - x * paint->along[1];
    const float share = share_of(paint, u, v);
    const float grain =
        paint->roughness *
        (det_lattice_noise(paint->seed, 0.7f * x, 0.7f * y) - 0.5f);
    for (int i = 0; i < 3; i++)
        out[i] = limited(mix(paint->first[i], paint->second[i], share) + grain);
}
