/* SPDX-License-Identifier: MIT */
#include "apps/mask_layer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { INSIDE = 128, CONTOUR = 235 };

struct extent {
    int32_t left, top, right, bottom; /* right and bottom excluded */
};

/* One stretch of a mask within one column. */
struct stretch {
    int32_t column, top, bottom; /* bottom excluded */
};

/* Walks over the stretches of a mask, in order. */
struct walk {
    const det_mask *mask;
    size_t run;        /* index of the run of ones being walked, odd */
    uint64_t position; /* column * height + row */
    uint64_t end;      /* of the run */
};

static struct walk walk_start(const det_mask *mask)
{
    return (struct walk){.mask = mask, .run = (size_t)-1};
}

static bool walk_next(struct walk *walk, struct stretch *out)
{
    const det_mask *mask = walk->mask;
    uint64_t height = (uint64_t)mask->height;
    uint64_t area = (uint64_t)mask->width * height;
    while (walk->position >= walk->end) {
        walk->run += 2;
        if (walk->run >= mask->count)
            return false;
        walk->position = walk->end + mask->counts[walk->run - 1];
        walk->end = walk->position + mask->counts[walk->run];
        if (walk->end > area)
            return false;
    }
    uint64_t column = walk->position / height;
    uint64_t end = (column + 1) * height;
    if (end > walk->end)
        end = walk->end;
    *out = (struct stretch){
        .column = (int32_t)column,
        .top = (int32_t)(walk->position - column * height),
        .bottom = (int32_t)(end - column * height),
    };
    walk->position = end;
    return true;
}

static struct extent find_extent(const det_mask *mask)
{
    struct extent extent = {mask->width, mask->height, 0, 0};
    struct walk walk = walk_start(mask);
    struct stretch s;
    while (walk_next(&walk, &s)) {
        extent.left = s.column < extent.left ? s.column : extent.left;
        extent.right = s.column + 1;
        extent.top = s.top < extent.top ? s.top : extent.top;
        extent.bottom = s.bottom > extent.bottom ? s.bottom : extent.bottom;
    }
    return extent;
}

/* The eight-bit rows of a surface. */
struct plane {
    unsigned char *data;
    int32_t width, height;
    size_t stride;
};

static void fill_mask(const struct plane *plane, const det_mask *mask,
                      const struct extent *extent)
{
    struct walk walk = walk_start(mask);
    struct stretch s;
    while (walk_next(&walk, &s)) {
        unsigned char *at = plane->data +
                            (size_t)(s.top - extent->top) * plane->stride +
                            (s.column - extent->left);
        for (int32_t y = s.top; y < s.bottom; y++, at += plane->stride)
            *at = CONTOUR;
    }
}

/* Of each stretch of set values along a line: all but `margin` at both ends
 * become one more than they were. */
static void raise_inner(unsigned char *line, int32_t count, size_t step,
                        int32_t margin, unsigned char set)
{
    for (int32_t i = 0; i < count;) {
        int32_t start = i;
        while (i < count && line[(size_t)i * step] == set)
            i++;
        for (int32_t k = start + margin; k < i - margin; k++)
            line[(size_t)k * step]++;
        i++;
    }
}

/* What is further than `contour` from the edge, both along rows and along
 * columns, is inside.  Erosion by a square is one by a row, then one by a
 * column. */
static void thin_out(const struct plane *plane, int contour)
{
    for (int32_t y = 0; y < plane->height; y++)
        raise_inner(plane->data + (size_t)y * plane->stride, plane->width, 1,
                    contour, CONTOUR);
    for (int32_t x = 0; x < plane->width; x++)
        raise_inner(plane->data + x, plane->height, plane->stride, contour,
                    CONTOUR + 1);
    for (int32_t y = 0; y < plane->height; y++) {
        unsigned char *row = plane->data + (size_t)y * plane->stride;
        for (int32_t x = 0; x < plane->width; x++)
            row[x] = row[x] == CONTOUR + 2 ? INSIDE : row[x] > 0 ? CONTOUR : 0;
    }
}

bool mask_layer_create(struct mask_layer *out, const det_mask *mask,
                       int contour)
{
    struct extent extent = find_extent(mask);
    *out = (struct mask_layer){NULL, extent.left, extent.top};
    if (extent.right <= extent.left)
        return true;
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_A8, extent.right - extent.left,
                                   extent.bottom - extent.top);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(surface);
        return false;
    }
    cairo_surface_flush(surface);
    struct plane plane = {
        .data = cairo_image_surface_get_data(surface),
        .width = extent.right - extent.left,
        .height = extent.bottom - extent.top,
        .stride = (size_t)cairo_image_surface_get_stride(surface),
    };
    fill_mask(&plane, mask, &extent);
    thin_out(&plane, contour);
    cairo_surface_mark_dirty(surface);
    out->surface = surface;
    return true;
}

void mask_layer_destroy(struct mask_layer *layer)
{
    if (layer->surface)
        cairo_surface_destroy(layer->surface);
    layer->surface = NULL;
}
