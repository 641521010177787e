/* SPDX-License-Identifier: MIT */
#include "train/view.h"

#include <string.h>

int32_t det_view_turned_h(const struct det_view *view)
{
    return view->transposed ? view->scaled_w : view->scaled_h;
}

int32_t det_view_turned_w(const struct det_view *view)
{
    return view->transposed ? view->scaled_h : view->scaled_w;
}

/* A place of the scaled picture. */
struct place {
    int32_t y, x;
    bool inside;
};

static struct place source_of(const struct det_view *view, int32_t row,
                              int32_t column)
{
    const int32_t h = det_view_turned_h(view), w = det_view_turned_w(view);
    int32_t y = view->y + row, x = view->x + column;
    struct place place = {.inside = y >= 0 && y < h && x >= 0 && x < w};
    if (view->upside_down)
        y = h - 1 - y;
    if (view->mirrored)
        x = w - 1 - x;
    place.y = view->transposed ? x : y;
    place.x = view->transposed ? y : x;
    return place;
}

void det_view_pixels(uint8_t *out, const struct det_view *view,
                     const uint8_t *scaled, const uint8_t fill[3])
{
    for (int32_t row = 0; row < view->height; row++)
        for (int32_t column = 0; column < view->width; column++, out += 3) {
            const struct place p = source_of(view, row, column);
            memcpy(out,
                   p.inside ? scaled + 3 * ((int64_t)p.y * view->scaled_w + p.x)
                            : fill,
                   3);
        }
}

/* The pixel of `size` that the middle of pixel `at` of `scaled` lies in. */
static int32_t nearest(int32_t at, int32_t scaled, int32_t size)
{
    return (int32_t)((2 * (int64_t)at + 1) * size / (2 * (int64_t)scaled));
}

void det_view_mask(uint8_t *out, const struct det_view *view,
                   const uint8_t *mask, int32_t height, int32_t width)
{
    for (int32_t row = 0; row < view->height; row++)
        for (int32_t column = 0; column < view->width; column++) {
            const struct place p = source_of(view, row, column);
            *out++ = p.inside
                         ? mask[(int64_t)nearest(p.y, view->scaled_h, height) *
                                    width +
                                nearest(p.x, view->scaled_w, width)]
                         : 0;
        }
}

struct det_box det_view_box(const struct det_view *view, struct det_box box,
                            struct det_extent picture)
{
    const float down = (float)view->scaled_h / picture.height;
    const float across = (float)view->scaled_w / picture.width;
    struct det_box b = {box.x1 * across, box.y1 * down, box.x2 * across,
                        box.y2 * down};
    if (view->transposed)
        b = (struct det_box){b.y1, b.x1, b.y2, b.x2};
    if (view->mirrored) {
        const float w = (float)det_view_turned_w(view), x1 = b.x1;
        b.x1 = w - b.x2;
        b.x2 = w - x1;
    }
    if (view->upside_down) {
        const float h = (float)det_view_turned_h(view), y1 = b.y1;
        b.y1 = h - b.y2;
        b.y2 = h - y1;
    }
    b.x1 -= (float)view->x;
    b.x2 -= (float)view->x;
    b.y1 -= (float)view->y;
    b.y2 -= (float)view->y;
    return b;
}
