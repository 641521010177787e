/* SPDX-License-Identifier: MIT */
#include "apps/tag.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/palette.h"
#include "apps/text.h"

enum { LABEL_SIZE = 64, TAG_SIZE = 96, PLACE_COUNT = 12 };

struct rectangle {
    double x, y, width, height;
};

struct tag {
    struct rectangle place;
    int32_t label;
    bool left_out;
    char text[TAG_SIZE];
};

/* What all tags of a picture share. */
struct tag_sheet {
    cairo_t *cairo;
    const struct overlay_scene *scene;
    double picture_width, picture_height;
    double ascent;  /* of the font, pixels */
    double height;  /* of a tag */
    double padding; /* left and right of the text */
};

/* Cairo stops drawing at the first byte that is not UTF-8. */
static void copy_label(char out[static LABEL_SIZE], const char *name)
{
    size_t used = 0;
    while (*name) {
        size_t length = text_utf8_length(name);
        bool plain = length > 0 && (unsigned char)*name >= 0x20;
        size_t step = length ? length : 1;
        if (used + step >= LABEL_SIZE)
            break;
        if (plain)
            memcpy(out + used, name, step);
        else
            memset(out + used, '?', step);
        used += step;
        name += step;
    }
    out[used] = 0;
}

static void drop_last_character(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80)
        ;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = 0;
}

static double text_width(const struct tag_sheet *sheet, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(sheet->cairo, text, &extents);
    return extents.x_advance;
}

static void compose(struct tag *tag, const char *label, bool cut,
                    const struct overlay_style *style, float score)
{
    char number[16] = "";
    if (style->scores)
        snprintf(number, sizeof number, "%.2f", (double)score);
    snprintf(tag->text, sizeof tag->text, "%s%s%s%s",
             style->labels ? label : "", cut ? "\xe2\x80\xa6" : "",
             style->labels && style->scores ? " " : "", number);
}

static const char *label_name(const struct overlay_scene *scene, int32_t label)
{
    if (scene->model)
        return det_model_label_name(scene->model, label);
    return label >= 0 && (size_t)label < scene->name_count ? scene->names[label]
                                                           : "";
}

/* The text, shortened until it fits into the picture, and the size. */
static void write_tag(struct tag *tag, const struct tag_sheet *sheet,
                      const det_detection *detection)
{
    const struct overlay_style *style = sheet->scene->style;
    char label[LABEL_SIZE];
    const char *name = label_name(sheet->scene, detection->label);
    if (name && *name)
        copy_label(label, name);
    else
        snprintf(label, sizeof label, "%d", (int)detection->label);
    *tag = (struct tag){.label = detection->label};
    compose(tag, label, false, style, detection->score);
    double width = text_width(sheet, tag->text) + 2 * sheet->padding;
    while (width > sheet->picture_width && style->labels && *label) {
        drop_last_character(label);
        compose(tag, label, true, style, detection->score);
        width = text_width(sheet, tag->text) + 2 * sheet->padding;
    }
    tag->place.width = ceil(width);
    tag->place.height = sheet->height;
    tag->left_out = width > sheet->picture_width;
}

static double overlap(const struct rectangle *a, const struct rectangle *b)
{
    double width = fmin(a->x + a->width, b->x + b->width) - fmax(a->x, b->x);
    double height = fmin(a->y + a->height, b->y + b->height) - fmax(a->y, b->y);
    return width > 0 && height > 0 ? width * height : 0;
}

static double covered(const struct rectangle *place, const struct tag *tags,
                      size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        if (!tags[i].left_out)
            sum += overlap(place, &tags[i].place);
    return sum;
}

/* The places to try, best first: at the corners of the box outside and
 * inside, then down its left side. */
static void list_places(struct rectangle out[static PLACE_COUNT],
                        const struct tag *tag, const struct tag_sheet *sheet,
                        const det_detection *d)
{
    double width = tag->place.width, height = tag->place.height;
    double left = d->x, top = d->y, bottom = d->y + d->h;
    double right = d->x + d->w - width;
    const double corners[PLACE_COUNT][2] = {
        {left, top - height},
        {left, top},
        {left, bottom},
        {right, top - height},
        {right, top},
        {right, bottom},
        {left, bottom - height},
        {right, bottom - height},
        {left, top - 2 * height},
        {left, top + height},
        {left, top + 2 * height},
        {left, top + 3 * height},
    };
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        double x = fmin(corners[i][0], sheet->picture_width - width);
        double y = fmin(corners[i][1], sheet->picture_height - height);
        out[i] = (struct rectangle){round(fmax(x, 0)), round(fmax(y, 0)), width,
                                    height};
    }
}

static void find_place(struct tag *tags, size_t index,
                       const struct tag_sheet *sheet,
                       const det_detection *detection)
{
    struct tag *tag = &tags[index];
    struct rectangle places[PLACE_COUNT];
    double least = INFINITY;
    list_places(places, tag, sheet, detection);
    for (size_t i = 0; i < PLACE_COUNT && least > 0; i++) {
        double area = covered(&places[i], tags, index);
        if (area < least) {
            least = area;
            tag->place = places[i];
        }
    }
    if (least > 0.4 * tag->place.width * tag->place.height)
        tag->left_out = true;
}

static void draw_tag(const struct tag *tag, const struct tag_sheet *sheet)
{
    cairo_t *cairo = sheet->cairo;
    struct colour fill = palette_colour(tag->label);
    struct colour ink = palette_text_colour(fill);
    cairo_rectangle(cairo, tag->place.x, tag->place.y, tag->place.width,
                    tag->place.height);
    cairo_set_source_rgba(cairo, fill.red, fill.green, fill.blue, 0.88);
    cairo_fill(cairo);
    cairo_set_source_rgb(cairo, ink.red, ink.green, ink.blue);
    cairo_move_to(cairo, tag->place.x + sheet->padding,
                  round(tag->place.y + sheet->ascent));
    cairo_show_text(cairo, tag->text);
}

static struct tag_sheet
prepare(cairo_t *cairo, const struct overlay_scene *scene, double font_size)
{
    cairo_font_extents_t font;
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           font_size < 14 ? CAIRO_FONT_WEIGHT_NORMAL
                                          : CAIRO_FONT_WEIGHT_BOLD);
    cairo_set_font_size(cairo, font_size);
    cairo_font_extents(cairo, &font);
    return (struct tag_sheet){
        .cairo = cairo,
        .scene = scene,
        .picture_width = scene->pixels->width,
        .picture_height = scene->pixels->height,
        .ascent = font.ascent,
        .height = ceil(font.ascent + font.descent),
        .padding = ceil(font_size / 5),
    };
}

bool tags_draw(cairo_t *cairo, const struct overlay_scene *scene,
               double font_size)
{
    size_t count = det_result_count(scene->result);
    if (count == 0 || (!scene->style->labels && !scene->style->scores))
        return true;
    struct tag_sheet sheet = prepare(cairo, scene, font_size);
    if (sheet.height > sheet.picture_height / 2)
        return true;
    struct tag *tags = calloc(count, sizeof *tags);
    if (!tags)
        return false;
    for (size_t i = 0; i < count; i++) {
        const det_detection *d = det_result_detection(scene->result, i);
        write_tag(&tags[i], &sheet, d);
        if (!tags[i].left_out)
            find_place(tags, i, &sheet, d);
    }
    for (size_t i = count; i-- > 0;)
        if (!tags[i].left_out)
            draw_tag(&tags[i], &sheet);
    free(tags);
    return true;
}
