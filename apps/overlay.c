/* SPDX-License-Identifier: MIT */
#include "apps/overlay.h"

#include <math.h>
#include <stddef.h>

#include "apps/mask_layer.h"
#include "apps/palette.h"
#include "apps/tag.h"

enum { LARGEST_SIDE = 32767 }; /* of a cairo image */

/* Everything grows with the photo, so that it looks the same when the photo
 * is fitted to a screen; small photos are looked at pixel by pixel. */
struct measures {
    double font_size;
    double line_width;
    int contour; /* pixels */
};

static struct measures measure(const struct overlay_scene *scene)
{
    double width = scene->pixels->width, height = scene->pixels->height;
    double size = 0.0235 * sqrt(width * height);
    size = fmin(size, 0.08 * fmin(width, height)); /* panoramas */
    struct measures measures = {.font_size = fmax(size, 9.5)};
    measures.line_width = scene->style->line_width > 0
                              ? scene->style->line_width
                              : fmax(1.0, measures.font_size / 7);
    measures.contour = (int)fmax(1.0, round(0.6 * measures.line_width));
    return measures;
}

static void copy_photo(cairo_surface_t *surface, const det_pixels *pixels)
{
    unsigned char *rows = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    for (int32_t y = 0; y < pixels->height; y++) {
        const uint8_t *in = pixels->data + (size_t)y * pixels->stride;
        /* Cairo aligns its rows for this. */
        uint32_t *out = (uint32_t *)(void *)(rows + (size_t)y * stride);
        for (int32_t x = 0; x < pixels->width; x++, in += 3)
            out[x] = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
    }
    cairo_surface_mark_dirty(surface);
}

enum exit_code overlay_photo(cairo_surface_t **out, const char *name,
                             const det_pixels *pixels, struct console *console)
{
    *out = NULL;
    if (pixels->width > LARGEST_SIDE || pixels->height > LARGEST_SIDE ||
        pixels->format != DET_PIXEL_RGB8) {
        console_error(console,
                      "%s: no overlay: %dx%d is larger than the %d pixels a "
                      "side that can be drawn",
                      name, (int)pixels->width, (int)pixels->height,
                      LARGEST_SIDE);
        return EXIT_INPUT;
    }
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, pixels->width, pixels->height);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(surface);
        console_error(console, "%s: no overlay: out of memory", name);
        return EXIT_MEMORY;
    }
    copy_photo(surface, pixels);
    *out = surface;
    return EXIT_DONE;
}

static void set_colour(cairo_t *cairo, struct colour colour, double alpha)
{
    cairo_set_source_rgba(cairo, colour.red, colour.green, colour.blue, alpha);
}

static bool draw_mask(cairo_t *cairo, const det_detection *detection,
                      struct colour colour, const struct measures *measures)
{
    struct mask_layer layer;
    if (!mask_layer_create(&layer, detection->mask, measures->contour))
        return false;
    if (layer.surface) {
        set_colour(cairo, colour, 1);
        cairo_mask_surface(cairo, layer.surface, layer.x, layer.y);
    }
    mask_layer_destroy(&layer);
    return true;
}

static void draw_box(cairo_t *cairo, const det_detection *detection,
                     struct colour colour, const struct overlay_scene *scene,
                     const struct measures *measures)
{
    /* The line lies inside the box and inside the picture. */
    double half = measures->line_width / 2;
    double left = fmax(detection->x, 0) + half;
    double top = fmax(detection->y, 0) + half;
    double right =
        fmin(detection->x + detection->w, scene->pixels->width) - half;
    double bottom =
        fmin(detection->y + detection->h, scene->pixels->height) - half;
    cairo_rectangle(cairo, left, top, fmax(right - left, 0.1),
                    fmax(bottom - top, 0.1));
    /* A dark edge keeps the line visible on a ground of its own colour. */
    cairo_set_line_width(cairo, measures->line_width * 1.8);
    cairo_set_source_rgba(cairo, 0, 0, 0, 0.35);
    cairo_stroke_preserve(cairo);
    cairo_set_line_width(cairo, measures->line_width);
    set_colour(cairo, colour, 1);
    cairo_stroke(cairo);
}

static struct colour colour_of(const struct overlay_scene *scene, size_t index)
{
    return palette_colour(
        scene->style->object_colours
            ? (int32_t)(index & INT32_MAX)
            : det_result_detection(scene->result, index)->label);
}

static bool draw_shapes(cairo_t *cairo, const struct overlay_scene *scene,
                        const struct measures *measures)
{
    /* Best last: what the model is sure of lies on top. */
    for (size_t i = det_result_count(scene->result); i-- > 0;) {
        const det_detection *d = det_result_detection(scene->result, i);
        if (scene->style->masks && d->mask &&
            !draw_mask(cairo, d, colour_of(scene, i), measures))
            return false;
    }
    for (size_t i = det_result_count(scene->result); i-- > 0;)
        if (scene->style->boxes)
            draw_box(cairo, det_result_detection(scene->result, i),
                     colour_of(scene, i), scene, measures);
    return true;
}

enum exit_code overlay_draw(cairo_surface_t **out,
                            const struct overlay_scene *scene,
                            struct console *console)
{
    struct measures measures = measure(scene);
    enum exit_code code =
        overlay_photo(out, scene->name, scene->pixels, console);
    if (code != EXIT_DONE)
        return code;
    cairo_t *cairo = cairo_create(*out);
    bool enough = draw_shapes(cairo, scene, &measures) &&
                  tags_draw(cairo, scene, measures.font_size);
    cairo_status_t status =
        enough ? cairo_status(cairo) : CAIRO_STATUS_NO_MEMORY;
    cairo_destroy(cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        return EXIT_DONE;
    console_error(console, "%s: no overlay: %s", scene->name,
                  cairo_status_to_string(status));
    cairo_surface_destroy(*out);
    *out = NULL;
    return status == CAIRO_STATUS_NO_MEMORY ? EXIT_MEMORY : EXIT_INPUT;
}
