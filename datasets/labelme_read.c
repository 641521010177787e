/* SPDX-License-Identifier: MIT */
#include "datasets/labelme.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "datasets/coco_fields.h"
#include "datasets/extent_box.h"
#include "datasets/folder_list.h"
#include "datasets/labelme_shape.h"
#include "datasets/mask_png.h"
#include "datasets/outline_text.h"

/* imageData holds the whole photo as text. */
static const size_t largest_file = (size_t)1 << 30; /* bytes */

enum { LARGEST_SIDE = 1 << 20, CIRCLE_POINTS = 64 };

struct item {
    struct det_labelme_shape shape;
    uint32_t category;
    uint32_t next; /* part of the same object, or DET_NO_INDEX */
    bool is_part;  /* not the first */
};

struct reading {
    struct det_dataset *out;
    struct det_json_reader json;
    const char *name; /* of the file */
    struct det_data_image image;
    char *image_path; /* "imagePath", or NULL */
    struct item *items;
    size_t count, capacity;
    struct det_id_index labels; /* hash of a name to its category's place */
    struct det_outline_text outline;
    size_t passed_over;
    struct det_message *message;
};

/* --------------------------------------------------------------- categories */

static int64_t hash(const char *text, uint64_t sum)
{
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * 0x100000001b3u; /* FNV-1a */
    return (int64_t)sum;
}

/* Names that differ but have one hash try the next one. */
static det_status find_category(struct reading *r, uint32_t *out,
                                const char *name)
{
    for (uint64_t seed = 0xcbf29ce484222325u;; seed++) {
        const uint32_t place = (uint32_t)r->out->num_categories;
        DET_TRY(det_id_index_add(&r->labels, out, hash(name, seed), place,
                                 r->message));
        if (*out != DET_NO_INDEX &&
            strcmp(r->out->categories[*out].name, name) == 0)
            return DET_OK;
        if (*out != DET_NO_INDEX)
            continue;
        const struct det_data_category category = {
            .id = (int64_t)place + 1, .name = name, .supercategory = ""};
        *out = place;
        return det_dataset_add_category(r->out, &category, r->message);
    }
}

/* ------------------------------------------------------------------ reading */

static det_status add_shape(struct reading *r)
{
    if (r->count == r->capacity) {
        const size_t capacity = r->capacity ? 2 * r->capacity : 64;
        DET_TRY(
            det_reallocate(&r->items, capacity, sizeof *r->items, r->message));
        r->capacity = capacity;
    }
    struct item *item = &r->items[r->count];
    *item = (struct item){.next = DET_NO_INDEX};
    DET_TRY(det_labelme_shape_read(&item->shape, &r->json));
    r->count++; /* from here on it is dropped with the others */
    if (item->shape.kind == DET_SHAPE_OTHER)
        return DET_OK;
    return find_category(r, &item->category, item->shape.label);
}

static det_status read_side(struct reading *r, int32_t *out)
{
    int64_t side;
    det_json_peek(&r->json);
    const size_t at = r->json.at;
    DET_TRY(det_coco_id(&r->json, &side));
    if (side < 0 || side > LARGEST_SIDE)
        return det_json_fail(&r->json, at, "an image's side out of range");
    *out = (int32_t)side;
    return DET_OK;
}

static det_status read_shapes(struct reading *r)
{
    bool more;
    DET_TRY(det_json_expect(&r->json, '['));
    more = !det_json_accept(&r->json, ']');
    while (more) {
        det_json_peek(&r->json);
        DET_TRY(add_shape(r));
        DET_TRY(det_json_next(&r->json, ']', &more));
    }
    return DET_OK;
}

static det_status read_member(struct reading *r, bool *has_shapes)
{
    struct det_json_span key;
    DET_TRY(det_coco_key(&r->json, &key));
    if (det_json_span_is(key, "imagePath") && !r->image_path)
        return det_json_string(&r->json, &r->image_path);
    if (det_json_span_is(key, "imageHeight"))
        return read_side(r, &r->image.height);
    if (det_json_span_is(key, "imageWidth"))
        return read_side(r, &r->image.width);
    if (!det_json_span_is(key, "shapes"))
        return det_json_skip(&r->json, NULL);
    *has_shapes = true;
    return read_shapes(r);
}

static det_status read_members(struct reading *r)
{
    bool more, has_shapes = false;
    DET_TRY(det_json_expect(&r->json, '{'));
    more = !det_json_accept(&r->json, '}');
    while (more) {
        DET_TRY(read_member(r, &has_shapes));
        DET_TRY(det_json_next(&r->json, '}', &more));
    }
    DET_TRY(det_json_end(&r->json));
    return has_shapes ? DET_OK
                      : det_json_fail(&r->json, 0,
                                      "no \"shapes\": this is no LabelMe file");
}

/* ------------------------------------------------------------------ objects */

/* Shapes of one label and group follow each other. */
static det_status link_parts(struct reading *r)
{
    struct det_id_index groups = {0};
    det_status status = DET_OK;
    uint32_t *last;
    DET_TRY(det_allocate(&last, r->count, sizeof *last, r->message));
    for (size_t i = 0; i < r->count && status == DET_OK; i++) {
        struct item *item = &r->items[i];
        uint32_t first;
        if (item->shape.kind == DET_SHAPE_OTHER || item->shape.group < 0)
            continue;
        const int64_t key = (int64_t)item->category << 31 | item->shape.group;
        status =
            det_id_index_add(&groups, &first, key, (uint32_t)i, r->message);
        if (status != DET_OK)
            break;
        if (first != DET_NO_INDEX) {
            r->items[last[first]].next = (uint32_t)i;
            item->is_part = true;
        }
        last[first == DET_NO_INDEX ? i : first] = (uint32_t)i;
    }
    det_id_index_destroy(&groups);
    free(last);
    return status;
}

static void draw_circle(struct reading *r, const double *xy)
{
    double points[2 * CIRCLE_POINTS];
    const double radius = hypot(xy[2] - xy[0], xy[3] - xy[1]);
    for (int i = 0; i < CIRCLE_POINTS; i++) {
        const double angle = 2 * M_PI * i / CIRCLE_POINTS;
        points[2 * i] = xy[0] + radius * cos(angle);
        points[2 * i + 1] = xy[1] + radius * sin(angle);
    }
    det_outline_text_part(&r->outline, points, CIRCLE_POINTS);
}

/* What the parts of an object reach. */
struct reach {
    struct det_extent_box outline, rectangle;
    size_t outlines, rectangles;
    const struct det_labelme_shape *mask; /* takes the place of outlines */
};

static void add_part(struct reading *r, struct reach *reach,
                     const struct det_labelme_shape *s)
{
    if (s->kind == DET_SHAPE_RECTANGLE) {
        det_extent_add(&reach->rectangle, s->xy, s->points);
        reach->rectangles++;
        return;
    }
    if (s->kind == DET_SHAPE_MASK) { /* its second point is its last pixel */
        const double corners[4] = {s->xy[0], s->xy[1], s->xy[2] + 1,
                                   s->xy[3] + 1};
        det_extent_add(&reach->outline, corners, 2);
        reach->mask = s;
        return;
    }
    reach->outlines++;
    if (s->kind == DET_SHAPE_POLYGON) {
        det_extent_add(&reach->outline, s->xy, s->points);
        det_outline_text_part(&r->outline, s->xy, s->points);
        return;
    }
    const double radius = hypot(s->xy[2] - s->xy[0], s->xy[3] - s->xy[1]);
    const double corners[4] = {s->xy[0] - radius, s->xy[1] - radius,
                               s->xy[0] + radius, s->xy[1] + radius};
    det_extent_add(&reach->outline, corners, 2);
    draw_circle(r, s->xy);
}

/* "bbox" and "area" are what the file was made from; they hold while the shape
 * is where it was. */
static void take_kept(struct det_annotation *a,
                      const struct det_labelme_shape *s,
                      const struct det_extent_box *extent)
{
    if (isnan(s->box[0]) || !det_extent_fits(extent, s->box))
        return;
    memcpy(a->box, s->box, sizeof a->box);
    if (!isnan(s->area))
        a->area = s->area;
}

static det_status take_mask(struct reading *r, struct det_annotation *a,
                            const struct det_labelme_shape *s)
{
    struct det_rle mask;
    det_status status = det_mask_png_take(
        &mask, s->mask.text, s->mask.size, (int32_t)s->xy[0], (int32_t)s->xy[1],
        r->image.width, r->image.height, r->message);
    if (status == DET_ERROR_FORMAT || status == DET_ERROR_LIMIT) {
        det_message_prefix(r->message, r->name);
        status = DET_ERROR_DATASET;
    }
    DET_TRY(status);
    const det_mask view = det_rle_view(&mask);
    a->area = (double)det_mask_area(&view);
    status = det_segmentation_keep(&a->segmentation, &r->out->texts, &view,
                                   r->message);
    det_rle_destroy(&mask);
    return status;
}

static det_status add_object(struct reading *r, const struct item *first)
{
    struct reach reach = {.outline = det_extent_none(),
                          .rectangle = det_extent_none()};
    struct det_annotation a = {.id = (int64_t)r->out->num_annotations + 1,
                               .image_id = r->image.id,
                               .category_id = (int64_t)first->category + 1,
                               .area = NAN};
    DET_TRY(det_outline_text_begin(&r->outline, r->message));
    for (const struct item *item = first;; item = &r->items[item->next]) {
        add_part(r, &reach, &item->shape);
        a.is_crowd = a.is_crowd || item->shape.is_crowd;
        a.is_difficult = a.is_difficult || item->shape.is_difficult;
        if (item->next == DET_NO_INDEX)
            break;
    }
    const struct det_extent_box *extent =
        reach.rectangles ? &reach.rectangle : &reach.outline;
    det_extent_box_of(extent, a.box);
    if (reach.mask)
        DET_TRY(take_mask(r, &a, reach.mask));
    else if (reach.outlines)
        DET_TRY(det_outline_text_end(&r->outline, r->out, &a, &r->image,
                                     r->message));
    else
        a.area = a.box[2] * a.box[3];
    take_kept(&a, &first->shape, extent);
    return det_dataset_add_annotation(r->out, &a, r->message);
}

static det_status add_objects(struct reading *r)
{
    DET_TRY(link_parts(r));
    for (size_t i = 0; i < r->count; i++) {
        if (r->items[i].shape.kind == DET_SHAPE_OTHER)
            r->passed_over++;
        else if (!r->items[i].is_part)
            DET_TRY(add_object(r, &r->items[i]));
    }
    return DET_OK;
}

/* ------------------------------------------------------------------- files */

/* Paths with ".." or backslashes lead from where the file was written; the
 * name is what is left of them here. */
static const char *local_name(const char *path)
{
    const char *last = path;
    if (!strstr(path, "..") && !strchr(path, '\\') && path[0] != '/')
        return path;
    for (const char *c = path; *c; c++)
        if (*c == '/' || *c == '\\')
            last = c + 1;
    return last;
}

static det_status add_image(struct reading *r)
{
    r->image.id = (int64_t)r->out->num_images + 1;
    r->image.file_name = r->image_path ? local_name(r->image_path) : "";
    return det_dataset_add_image(r->out, &r->image, r->message);
}

static void drop_file(struct reading *r)
{
    for (size_t i = 0; i < r->count; i++)
        det_labelme_shape_destroy(&r->items[i].shape);
    r->count = 0;
    free(r->image_path);
    r->image_path = NULL;
    r->image = (struct det_data_image){0};
}

static det_status read_file(struct reading *r, const char *folder)
{
    uint8_t *data;
    size_t size;
    DET_TRY(det_beneath_read(&data, &size, folder, r->name, largest_file,
                             r->message));
    r->json = (struct det_json_reader){.text = (const char *)data,
                                       .size = size,
                                       .refusal = DET_ERROR_DATASET,
                                       .message = r->message};
    det_status status = read_members(r);
    if (status == DET_ERROR_DATASET) {
        det_message_prefix(r->message, r->name);
        det_message_prefix(r->message, folder);
    }
    if (status == DET_OK)
        status = add_image(r);
    if (status == DET_OK)
        status = add_objects(r);
    drop_file(r);
    free(data);
    return status;
}

static det_status read_folder(struct reading *r, const char *folder)
{
    struct det_folder_list list;
    DET_TRY(det_folder_list_read(&list, folder, "json", r->message));
    det_status status = DET_OK;
    if (list.count == 0)
        status = det_fail(r->message, DET_ERROR_DATASET,
                          "%s: there is no .json file", folder);
    for (size_t i = 0; i < list.count && status == DET_OK; i++) {
        r->name = list.names[i];
        status = read_file(r, folder);
    }
    det_folder_list_destroy(&list);
    return status;
}

det_status det_labelme_open(struct det_dataset *out, const char *folder,
                            struct det_message *message)
{
    struct reading r = {.out = out, .message = message};
    *out = (struct det_dataset){0};
    const det_status status = read_folder(&r, folder);
    free(r.items);
    det_id_index_destroy(&r.labels);
    det_outline_text_destroy(&r.outline);
    if (status != DET_OK) {
        det_dataset_clear(out);
        return status;
    }
    if (r.passed_over && message)
        det_log(message, DET_LOG_WARNING,
                "%s: %zu points and lines are no objects; passed over", folder,
                r.passed_over);
    det_dataset_finish(out);
    return DET_OK;
}
