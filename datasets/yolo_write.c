/* SPDX-License-Identifier: MIT */
/*
 * YOLO's labels, written: one line for each object, numbers by the image's
 * width and height.
 *
 *     CLASS X Y WIDTH HEIGHT       (yolo; X and Y are the box's middle)
 *     CLASS X Y X Y X Y ...        (yolo-seg; one closed outline)
 *
 * CLASS counts the lines of classes.txt from 0.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/save.h"
#include "datasets/text_writer.h"

/* Where an object's points go.  Several parts become one outline: each is
 * closed, and bridges without width lead from part to part and, over the same
 * ways, back. */
struct outline {
    FILE *out;
    double width, height;
    double *starts; /* [2 * capacity]: the parts' first points */
    size_t parts, capacity;
    size_t total; /* parts that are to come */
    struct det_message *message;
};

static void put_point(const struct outline *o, double x, double y)
{
    fputc(' ', o->out);
    det_put_number(o->out, x / o->width);
    fputc(' ', o->out);
    det_put_number(o->out, y / o->height);
}

static det_status put_part(void *user, const double *xy, size_t points)
{
    struct outline *o = user;
    const double x = xy[0], y = xy[1];
    if (o->parts == o->capacity) {
        const size_t capacity = o->capacity ? 2 * o->capacity : 8;
        DET_TRY(det_reallocate(&o->starts, capacity, 2 * sizeof *o->starts,
                               o->message));
        o->capacity = capacity;
    }
    o->starts[2 * o->parts] = x;
    o->starts[2 * o->parts++ + 1] = y;
    if (points == 2) { /* a box */
        put_point(o, x, y);
        put_point(o, x + xy[2], y);
        put_point(o, x + xy[2], y + xy[3]);
        put_point(o, x, y + xy[3]);
    }
    for (size_t i = 0; i < points && points > 2; i++)
        put_point(o, xy[2 * i], xy[2 * i + 1]);
    if (o->total > 1)
        put_point(o, x, y);
    return DET_OK;
}

static det_status count_part(void *user, const double *xy, size_t points)
{
    (void)xy;
    (void)points;
    ++*(size_t *)user;
    return DET_OK;
}

static det_status put_polygons(struct det_saving *s, FILE *out,
                               const struct det_annotation *a,
                               const struct det_data_image *image)
{
    struct outline o = {.out = out,
                        .width = image->width,
                        .height = image->height,
                        .message = s->message};
    det_status status = det_segmentation_each_polygon(
        &s->scratch, &a->segmentation, count_part, &o.total, s->message);
    if (status == DET_OK)
        status = det_segmentation_each_polygon(&s->scratch, &a->segmentation,
                                               put_part, &o, s->message);
    /* from the last part back to the first, which the end is joined to */
    for (size_t i = o.parts > 1 ? o.parts - 1 : 0; i-- > 1;)
        put_point(&o, o.starts[2 * i], o.starts[2 * i + 1]);
    free(o.starts);
    return status;
}

/* A list that is empty, or broken, cannot be written. */
static bool has_outline(struct det_saving *s, const struct det_annotation *a)
{
    size_t parts = 0;
    struct det_message reason = {.text = ""};
    return a->segmentation.kind == DET_SEGMENTATION_POLYGONS &&
           det_segmentation_each_polygon(&s->scratch, &a->segmentation,
                                         count_part, &parts,
                                         &reason) == DET_OK &&
           parts > 0;
}

static void put_box(FILE *out, const struct det_annotation *a,
                    const struct det_data_image *image, bool as_outline)
{
    const double *b = a->box;
    const struct outline o = {
        .out = out, .width = image->width, .height = image->height};
    if (!as_outline) {
        put_point(&o, b[0] + b[2] / 2, b[1] + b[3] / 2);
        put_point(&o, b[2], b[3]);
        return;
    }
    put_point(&o, b[0], b[1]);
    put_point(&o, b[0] + b[2], b[1]);
    put_point(&o, b[0] + b[2], b[1] + b[3]);
    put_point(&o, b[0], b[1] + b[3]);
}

static det_status put_object(struct det_saving *s, FILE *out,
                             const struct det_annotation *a,
                             const struct det_data_image *image,
                             bool with_outlines)
{
    const bool has_mask = a->segmentation.kind != DET_SEGMENTATION_NONE;
    const bool outline = with_outlines && has_outline(s, a);
    det_status status = DET_OK;
    s->losses.crowds += a->is_crowd;
    s->losses.masks += has_mask && !outline;
    det_put(out, "%u", a->category);
    if (outline)
        status = put_polygons(s, out, a, image);
    else
        put_box(out, a, image, with_outlines);
    fputc('\n', out);
    return status;
}

static det_status write_objects(struct det_saving *s, FILE *out, size_t i,
                                bool with_outlines)
{
    const struct det_data_image *image = &s->dataset->images[i];
    const bool has_size = image->width > 0 && image->height > 0;
    for (size_t k = s->groups->start[i]; k < s->groups->start[i + 1]; k++) {
        const struct det_annotation *a = det_saving_object(s, k);
        if (a && has_size)
            DET_TRY(put_object(s, out, a, image, with_outlines));
        else if (a)
            s->losses.annotations++;
    }
    return DET_OK;
}

static det_status write_boxes(struct det_saving *s, FILE *out, size_t i)
{
    return write_objects(s, out, i, false);
}

static det_status write_outlines(struct det_saving *s, FILE *out, size_t i)
{
    return write_objects(s, out, i, true);
}

static void write_classes(struct det_saving *s, FILE *out)
{
    for (size_t i = 0; i < s->dataset->num_categories; i++) {
        const struct det_data_category *category = &s->dataset->categories[i];
        for (const char *c = category->name; *c; c++)
            fputc((unsigned char)*c < 0x20 ? '?' : *c, out);
        if (!category->name[0])
            det_put(out, "category %lld", (long long)category->id);
        fputc('\n', out);
    }
}

const struct det_folder_format det_yolo_format = {
    .sub_folder = "labels",
    .extension = "txt",
    .write_image = write_boxes,
    .rest_sub_folder = "",
    .rest_name = "classes",
    .rest_extension = "txt",
    .write_rest = write_classes,
};

const struct det_folder_format det_yolo_seg_format = {
    .sub_folder = "labels",
    .extension = "txt",
    .write_image = write_outlines,
    .rest_sub_folder = "",
    .rest_name = "classes",
    .rest_extension = "txt",
    .write_rest = write_classes,
};
