/* SPDX-License-Identifier: MIT */
#include "datasets/yolo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/beneath.h"
#include "base/decimal.h"
#include "base/memory.h"
#include "datasets/extent_box.h"
#include "datasets/folder_list.h"
#include "datasets/outline_text.h"
#include "datasets/output_names.h"
#include "datasets/picture_size.h"

static const size_t largest_file = (size_t)64 << 20; /* bytes */

enum { BOX_NUMBERS = 5, LEAST_OUTLINE = 7 };

struct reading {
    struct det_dataset *out;
    const char *labels, *images; /* folders */
    const char *name;            /* of the file that is read */
    size_t line;
    struct det_data_image image;
    double *numbers;
    size_t count, capacity;
    struct det_outline_text outline;
    struct det_message *message;
};

static det_status refuse(const struct reading *r, const char *what)
{
    return det_fail(r->message, DET_ERROR_DATASET, "%s/%s: line %zu: %s",
                    r->labels, r->name, r->line, what);
}

/* ------------------------------------------------------------------ classes */

static det_status add_class(struct det_dataset *out, const char *name,
                            size_t length, struct det_message *message)
{
    char *text;
    while (length && strchr(" \t\r", name[length - 1]))
        length--;
    DET_TRY(det_allocate(&text, length + 1, 1, message));
    memcpy(text, name, length);
    const struct det_data_category category = {
        .id = (int64_t)out->num_categories + 1,
        .name = text,
        .supercategory = ""};
    const det_status status = det_dataset_add_category(out, &category, message);
    free(text);
    return status;
}

static det_status read_classes(struct det_dataset *out, const char *folder,
                               struct det_message *message)
{
    uint8_t *data;
    size_t size;
    DET_TRY(det_beneath_read(&data, &size, folder, "classes.txt", largest_file,
                             message));
    const char *text = (const char *)data;
    det_status status = DET_OK;
    for (size_t at = 0; at < size && status == DET_OK;) {
        const char *end = memchr(text + at, '\n', size - at);
        const size_t length = end ? (size_t)(end - text) - at : size - at;
        if (memchr(text + at, 0, length))
            status = det_fail(message, DET_ERROR_DATASET,
                              "%s/classes.txt: byte %zu: not text", folder, at);
        else
            status = add_class(out, text + at, length, message);
        at += length + 1;
    }
    free(data);
    return status;
}

/* ------------------------------------------------------------------- labels */

static det_status take_number(struct reading *r, double value)
{
    if (r->count == r->capacity) {
        const size_t capacity = r->capacity ? 2 * r->capacity : 256;
        DET_TRY(det_reallocate(&r->numbers, capacity, sizeof *r->numbers,
                               r->message));
        r->capacity = capacity;
    }
    r->numbers[r->count++] = value;
    return DET_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static det_status take_numbers(struct reading *r, const char *text, size_t size)
{
    r->count = 0;
    for (size_t at = 0; at < size;) {
        double value;
        if (is_blank(text[at])) {
            at++;
            continue;
        }
        const size_t length = det_decimal_read(&value, text + at, size - at);
        const bool is_whole =
            length && (at + length == size || is_blank(text[at + length]));
        if (!is_whole || !isfinite(value))
            return refuse(r, "not a number");
        DET_TRY(take_number(r, value));
        at += length;
    }
    return DET_OK;
}

static void set_box(struct reading *r, struct det_annotation *a)
{
    const double w = r->image.width, h = r->image.height;
    const double *n = r->numbers;
    a->box[2] = n[3] * w;
    a->box[3] = n[4] * h;
    a->box[0] = n[1] * w - a->box[2] / 2;
    a->box[1] = n[2] * h - a->box[3] / 2;
    a->area = a->box[2] * a->box[3];
}

static det_status set_outline(struct reading *r, struct det_annotation *a)
{
    const size_t points = (r->count - 1) / 2;
    double *xy = r->numbers + 1;
    struct det_extent_box extent = det_extent_none();
    for (size_t i = 0; i < points; i++) {
        xy[2 * i] *= r->image.width;
        xy[2 * i + 1] *= r->image.height;
    }
    det_extent_add(&extent, xy, points);
    det_extent_box_of(&extent, a->box);
    DET_TRY(det_outline_text_begin(&r->outline, r->message));
    det_outline_text_part(&r->outline, xy, points);
    return det_outline_text_end(&r->outline, r->out, a, &r->image, r->message);
}

static det_status read_line(struct reading *r, const char *text, size_t size)
{
    DET_TRY(take_numbers(r, text, size));
    if (r->count == 0)
        return DET_OK;
    const double index = r->numbers[0];
    if (index < 0 || index != floor(index) ||
        index >= (double)r->out->num_categories)
        return refuse(r, "the class is not a line of classes.txt, counted from "
                         "0");
    struct det_annotation a = {.id = (int64_t)r->out->num_annotations + 1,
                               .image_id = r->image.id,
                               .category_id =
                                   r->out->categories[(size_t)index].id};
    if (r->count == BOX_NUMBERS)
        set_box(r, &a);
    else if (r->count >= LEAST_OUTLINE && r->count % 2)
        DET_TRY(set_outline(r, &a));
    else
        return refuse(r, "neither a class and a box of 4 numbers nor a class "
                         "and 3 or more points");
    return det_dataset_add_annotation(r->out, &a, r->message);
}

/* The image of the same name, by the endings that detectors read. */
static det_status find_image(struct reading *r, char *path, size_t stem)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png",
                                          ".JPG", ".JPEG", ".PNG"};
    det_status status = DET_ERROR_READ;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        memcpy(path + stem, endings[i], strlen(endings[i]) + 1);
        status = det_picture_size_beneath(&r->image.width, &r->image.height,
                                          r->images, path, r->message);
        if (status != DET_ERROR_READ)
            return status;
    }
    path[stem] = 0;
    return det_fail(r->message, status,
                    "%s/%s.jpg, .jpeg or .png: cannot be opened; the sizes of "
                    "boxes are parts of the image's, so say where the images "
                    "are",
                    r->images, path);
}

static det_status add_image(struct reading *r)
{
    enum { ENDING_SIZE = 8 };
    char *path;
    const size_t stem = strlen(r->name) - strlen(".txt");
    DET_TRY(det_allocate(&path, stem + ENDING_SIZE, 1, r->message));
    memcpy(path, r->name, stem);
    det_status status = find_image(r, path, stem);
    r->image.id = (int64_t)r->out->num_images + 1;
    r->image.file_name = path;
    if (status == DET_OK)
        status = det_dataset_add_image(r->out, &r->image, r->message);
    free(path);
    return status;
}

static det_status read_labels(struct reading *r)
{
    uint8_t *data;
    size_t size;
    DET_TRY(add_image(r));
    DET_TRY(det_beneath_read(&data, &size, r->labels, r->name, largest_file,
                             r->message));
    const char *text = (const char *)data;
    det_status status = DET_OK;
    r->line = 0;
    for (size_t at = 0; at < size && status == DET_OK;) {
        const char *end = memchr(text + at, '\n', size - at);
        const size_t length = end ? (size_t)(end - text) - at : size - at;
        r->line++;
        status = read_line(r, text + at, length);
        at += length + 1;
    }
    free(data);
    return status;
}

/* -------------------------------------------------------------------- folder
 */

static det_status read_folder(struct reading *r)
{
    struct det_folder_list list;
    DET_TRY(det_folder_list_read(&list, r->labels, "txt", r->message));
    det_status status = DET_OK;
    for (size_t i = 0; i < list.count && status == DET_OK; i++) {
        r->name = list.names[i];
        if (strcmp(r->name, "classes.txt") != 0)
            status = read_labels(r);
    }
    det_folder_list_destroy(&list);
    return status;
}

det_status det_yolo_open(struct det_dataset *out, const char *folder,
                         const char *list, const char *images,
                         struct det_message *message)
{
    struct reading r = {.out = out, .message = message};
    char *labels = NULL, *pictures = NULL;
    det_status status;
    *out = (struct det_dataset){0};
    DET_TRY_OR_FAIL(read_classes(out, folder, message));
    DET_TRY_OR_FAIL(det_output_path(&labels, folder, list ? "labels" : "",
                                    list ? list : "labels", "", message));
    DET_TRY_OR_FAIL(
        det_output_path(&pictures, folder, "", "images", "", message));
    r.labels = labels;
    r.images = images ? images : pictures;
    DET_TRY_OR_FAIL(read_folder(&r));
    det_dataset_finish(out);
fail:
    free(labels);
    free(pictures);
    free(r.numbers);
    det_outline_text_destroy(&r.outline);
    if (status != DET_OK)
        det_dataset_clear(out);
    return status;
}
