/* SPDX-License-Identifier: MIT */
#include "apps/palette.h"

#include <math.h>

/* Hues far from each other for neighbours in the list; none so dark or pale
 * that it drowns in a photo. */
static const uint8_t base_colours[][3] = {
    {0, 170, 255},   {255, 64, 64},   {60, 200, 60},   {255, 190, 0},
    {170, 90, 255},  {255, 120, 200}, {0, 200, 180},   {255, 130, 30},
    {120, 140, 255}, {170, 220, 0},   {220, 0, 140},   {0, 140, 90},
    {200, 150, 100}, {90, 220, 255},  {190, 60, 0},    {255, 230, 90},
    {100, 80, 220},  {150, 255, 170}, {240, 100, 110}, {130, 130, 0},
};

enum { BASE_COUNT = sizeof base_colours / sizeof base_colours[0] };

/* Later rounds through the list are mixed with white or black. */
static const struct {
    double keep, add;
} rounds[] = {{1.0, 0.0}, {0.6, 0.4}, {0.65, 0.0}, {0.8, 0.2}, {0.5, 0.0}};

enum { ROUND_COUNT = sizeof rounds / sizeof rounds[0] };

struct colour palette_colour(int32_t label)
{
    uint32_t index = (uint32_t)label;
    const uint8_t *base = base_colours[index % BASE_COUNT];
    uint32_t round = index / BASE_COUNT % ROUND_COUNT;
    double keep = rounds[round].keep / 255, add = rounds[round].add;
    return (struct colour){base[0] * keep + add, base[1] * keep + add,
                           base[2] * keep + add};
}

static double linear(double channel)
{
    return pow(channel, 2.2); /* near enough to sRGB for this choice */
}

struct colour palette_text_colour(struct colour background)
{
    double luminance = 0.2126 * linear(background.red) +
                       0.7152 * linear(background.green) +
                       0.0722 * linear(background.blue);
    /* Where the contrast (L1 + 0.05) / (L2 + 0.05) with both is equal. */
    double grey = luminance > 0.18 ? 0.0 : 1.0;
    return (struct colour){grey, grey, grey};
}
