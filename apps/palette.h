/* SPDX-License-Identifier: MIT */
/* One colour for each class, the same in every picture. */
#ifndef APPS_PALETTE_H
#define APPS_PALETTE_H

#include <stdint.h>

struct colour {
    double red, green, blue; /* 0..1, sRGB */
};

struct colour palette_colour(int32_t label);

/* Black or white, whichever is easier to read on `background`. */
struct colour palette_text_colour(struct colour background);

#endif
