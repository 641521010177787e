/* SPDX-License-Identifier: MIT */
/*
 * LabelMe's files, written: one JSON for each image.  The parts of an object
 * share a group_id.  What LabelMe does not know, "bbox", "area" and the flag
 * "iscrowd", it keeps when it saves the file again; the first two count, when
 * they are read, as long as nobody moved the outline.
 */
#include <math.h>

#include "datasets/extent_box.h"
#include "datasets/mask_png.h"
#include "datasets/save.h"
#include "datasets/text_writer.h"

struct shape {
    struct det_saving *saving;
    FILE *out;
    const struct det_annotation *annotation;
    const char *before; /* "" for the file's first shape */
    size_t group;       /* from 1; 0: none */
};

static void put_label(const struct shape *s)
{
    const struct det_data_category *category =
        &s->saving->dataset->categories[s->annotation->category];
    det_put(s->out, "%s\n{\"label\":", s->before);
    if (category->name[0])
        det_put_json(s->out, category->name);
    else
        det_put(s->out, "\"category %lld\"", (long long)category->id);
    fputs(",\"points\":[", s->out);
}

static void put_point(const struct shape *s, const char *before, double x,
                      double y)
{
    det_put(s->out, "%s[", before);
    det_put_number(s->out, x);
    fputc(',', s->out);
    det_put_number(s->out, y);
    fputc(']', s->out);
}

static void put_end(const struct shape *s, const char *kind)
{
    const struct det_annotation *a = s->annotation;
    if (s->group)
        det_put(s->out, ",\"group_id\":%zu", s->group);
    else
        fputs(",\"group_id\":null", s->out);
    det_put(s->out, ",\"shape_type\":\"%s\",\"flags\":{%s%s%s},\"bbox\":[",
            kind, a->is_crowd ? "\"iscrowd\":true" : "",
            a->is_crowd && a->is_difficult ? "," : "",
            a->is_difficult ? "\"difficult\":true" : "");
    for (int i = 0; i < 4; i++) {
        fputs(i ? "," : "", s->out);
        det_put_number(s->out, a->box[i]);
    }
    fputc(']', s->out);
    if (isfinite(a->area)) {
        fputs(",\"area\":", s->out);
        det_put_number(s->out, a->area);
    }
    fputc('}', s->out);
}

static void put_rectangle(struct shape *s)
{
    const double *b = s->annotation->box;
    put_label(s);
    put_point(s, "", b[0], b[1]);
    put_point(s, ",", b[0] + b[2], b[1] + b[3]);
    fputc(']', s->out);
    put_end(s, "rectangle");
    s->before = ",";
}

static det_status put_part(void *user, const double *xy, size_t points)
{
    struct shape *s = user;
    put_label(s);
    if (points == 2) { /* a box */
        put_point(s, "", xy[0], xy[1]);
        put_point(s, ",", xy[0] + xy[2], xy[1]);
        put_point(s, ",", xy[0] + xy[2], xy[1] + xy[3]);
        put_point(s, ",", xy[0], xy[1] + xy[3]);
    }
    for (size_t i = 0; i < points && points > 2; i++)
        put_point(s, i ? "," : "", xy[2 * i], xy[2 * i + 1]);
    fputc(']', s->out);
    put_end(s, "polygon");
    s->before = ",";
    return DET_OK;
}

/* What an object reaches. */
struct measured {
    struct det_extent_box extent;
    size_t parts;        /* polygons */
    struct det_rle mask; /* or a mask */
    struct det_rle_box box;
};

static det_status measure_part(void *user, const double *xy, size_t points)
{
    struct measured *m = user;
    const double corners[4] = {xy[0], xy[1], xy[0] + xy[2], xy[1] + xy[3]};
    det_extent_add(&m->extent, points == 2 ? corners : xy, points);
    m->parts++;
    return DET_OK;
}

static bool measure_polygons(struct shape *s, struct measured *out)
{
    struct det_message reason = {.text = ""};
    const struct det_annotation *a = s->annotation;
    return a->segmentation.kind == DET_SEGMENTATION_POLYGONS &&
           det_segmentation_each_polygon(&s->saving->scratch, &a->segmentation,
                                         measure_part, out,
                                         &reason) == DET_OK &&
           out->parts > 0;
}

/* Runs and text.  False when there is nothing to write. */
static bool measure_mask(struct shape *s, struct measured *out)
{
    struct det_message reason = {.text = ""};
    const struct det_segmentation *seg = &s->annotation->segmentation;
    if ((seg->kind != DET_SEGMENTATION_RUNS &&
         seg->kind != DET_SEGMENTATION_TEXT) ||
        det_segmentation_mask(&out->mask, &s->saving->scratch, seg, 0, 0,
                              &reason) != DET_OK)
        return false;
    const det_mask view = det_rle_view(&out->mask);
    out->box = det_rle_bounding_box(&view);
    const double corners[4] = {out->box.x, out->box.y, out->box.x + out->box.w,
                               out->box.y + out->box.h};
    det_extent_add(&out->extent, corners, 2);
    return out->box.w > 0 && out->box.h > 0;
}

/* LabelMe's box of a mask ends with its last pixels. */
static det_status put_mask(struct shape *s, const struct measured *m)
{
    put_label(s);
    put_point(s, "", m->box.x, m->box.y);
    put_point(s, ",", m->box.x + m->box.w - 1, m->box.y + m->box.h - 1);
    fputs("],\"mask\":\"", s->out);
    DET_TRY(det_mask_png_put(s->out, &m->mask, &m->box, s->saving->message));
    fputc('"', s->out);
    put_end(s, "mask");
    s->before = ",";
    return DET_OK;
}

static det_status put_object(struct shape *s, size_t *groups)
{
    const struct det_annotation *a = s->annotation;
    struct measured m = {.extent = det_extent_none()};
    const bool outlined = measure_polygons(s, &m);
    const bool masked = !outlined && measure_mask(s, &m);
    const bool same_box =
        (outlined || masked) && det_extent_fits(&m.extent, a->box);
    const size_t shapes = (outlined ? m.parts : masked) + !same_box;
    det_status status = DET_OK;
    s->group = shapes > 1 ? ++*groups : 0;
    s->saving->losses.masks +=
        a->segmentation.kind != DET_SEGMENTATION_NONE && !outlined && !masked;
    if (!same_box)
        put_rectangle(s);
    if (outlined)
        status =
            det_segmentation_each_polygon(&s->saving->scratch, &a->segmentation,
                                          put_part, s, s->saving->message);
    else if (masked)
        status = put_mask(s, &m);
    det_rle_destroy(&m.mask);
    return status;
}

static det_status write_image(struct det_saving *saving, FILE *out, size_t i)
{
    const struct det_data_image *image = &saving->dataset->images[i];
    struct shape shape = {.saving = saving, .out = out, .before = ""};
    size_t groups = 0;
    fputs("{\"version\":\"5.0.1\",\"flags\":{},\"imagePath\":", out);
    det_put_json(out, image->file_name);
    det_put(out,
            ",\"imageData\":null,\"imageHeight\":%d,\"imageWidth\":%d,"
            "\n\"shapes\":[",
            image->height, image->width);
    for (size_t k = saving->groups->start[i]; k < saving->groups->start[i + 1];
         k++) {
        shape.annotation = det_saving_object(saving, k);
        if (shape.annotation)
            DET_TRY(put_object(&shape, &groups));
    }
    fputs("]}\n", out);
    return DET_OK;
}

const struct det_folder_format det_labelme_format = {
    .sub_folder = "",
    .extension = "json",
    .write_image = write_image,
};
