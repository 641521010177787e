/* SPDX-License-Identifier: MIT */
#include "datasets/sbd_masks.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "datasets/class_names.h"
#include "datasets/folder_walk.h"
#include "datasets/mat_file.h"

enum {
    CLASSES = 20,
    MOST_OBJECTS = 4096,
    LARGEST_SIDE = 1 << 20,
    LONGEST_NAME = 255
};
static const size_t largest_file = (size_t)64 << 20;
static const size_t largest_inflated = (size_t)256 << 20;
static const size_t largest_list = (size_t)64 << 20;

/* ------------------------------------------------------------------ one file
 */

struct drawing {
    struct det_dataset *out;
    struct det_mat_array segmentation, categories;
    size_t objects;
    int32_t width, height;
    struct det_rle_builder *masks; /* [objects] */
    struct det_message *message;
};

static det_status check_arrays(struct drawing *d)
{
    const struct det_mat_array *s = &d->segmentation, *c = &d->categories;
    if (!s->type || s->rows < 1 || s->columns < 1 || s->rows > LARGEST_SIDE ||
        s->columns > LARGEST_SIDE)
        return det_fail(d->message, DET_ERROR_DATASET,
                        "GTinst.Segmentation is no picture: %zu x %zu",
                        s->columns, s->rows);
    d->width = (int32_t)s->columns;
    d->height = (int32_t)s->rows;
    d->objects = c->type ? c->rows * c->columns : 0;
    if (d->objects > MOST_OBJECTS)
        return det_fail(d->message, DET_ERROR_DATASET,
                        "GTinst.Categories: %zu objects; up to %d are "
                        "possible",
                        d->objects, MOST_OBJECTS);
    for (size_t i = 0; i < d->objects; i++) {
        const double class = det_mat_number(c, i);
        if (!(class >= 1 && class <= CLASSES) || class != (int)class)
            return det_fail(d->message, DET_ERROR_DATASET,
                            "GTinst.Categories: object %zu is of class %.6g; 1 "
                            "to %d are possible",
                            i + 1, class, CLASSES);
    }
    return DET_OK;
}

/* A run of one value: both the file and the masks go down the columns. */
static det_status draw_run(struct drawing *d, double value, size_t begin,
                           size_t end)
{
    if (value == 0)
        return DET_OK;
    if (!(value >= 1 && value <= (double)d->objects) ||
        value != (double)(size_t)value)
        return det_fail(d->message, DET_ERROR_DATASET,
                        "GTinst.Segmentation: a pixel of object %.6g; there "
                        "are %zu",
                        value, d->objects);
    struct det_rle_builder *mask = &d->masks[(size_t)value - 1];
    const uint64_t pixels = (uint64_t)d->width * (uint64_t)d->height;
    DET_TRY(det_rle_builder_append(mask, false, begin - (pixels - mask->left),
                                   d->message));
    return det_rle_builder_append(mask, true, end - begin, d->message);
}

static det_status draw_all(struct drawing *d)
{
    const struct det_mat_array *s = &d->segmentation;
    const size_t pixels = (size_t)d->width * (size_t)d->height;
    const size_t size = s->number_size;
    const uint8_t *bytes = s->content.data;
    for (size_t begin = 0, end; begin < pixels; begin = end) {
        for (end = begin + 1; end < pixels; end++)
            if (memcmp(bytes + end * size, bytes + begin * size, size) != 0)
                break;
        DET_TRY(draw_run(d, det_mat_number(s, begin), begin, end));
    }
    return DET_OK;
}

static det_status keep_mask(struct drawing *d, size_t index,
                            const struct det_rle *rle)
{
    const det_mask mask = det_rle_view(rle);
    const struct det_rle_box box = det_rle_bounding_box(&mask);
    struct det_annotation a = {
        .id = (int64_t)d->out->num_annotations + 1,
        .image_id = (int64_t)d->out->num_images,
        .category_id = (int64_t)det_mat_number(&d->categories, index),
        .box = {box.x, box.y, box.w, box.h},
        .area = (double)det_mask_area(&mask)};
    if (a.area == 0)
        return DET_OK;
    DET_TRY(det_segmentation_keep(&a.segmentation, &d->out->texts, &mask,
                                  d->message));
    return det_dataset_add_annotation(d->out, &a, d->message);
}

static det_status keep_all(struct drawing *d)
{
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < d->objects; i++) {
        struct det_rle mask;
        status = det_rle_builder_finish(&mask, &d->masks[i], d->message);
        if (status == DET_OK)
            status = keep_mask(d, i, &mask);
        det_rle_destroy(&mask);
    }
    return status;
}

static det_status add_image(struct drawing *d, const char *name)
{
    char file_name[LONGEST_NAME + 8];
    snprintf(file_name, sizeof file_name, "%.*s.jpg", LONGEST_NAME, name);
    const struct det_data_image image = {.id = (int64_t)d->out->num_images + 1,
                                         .width = d->width,
                                         .height = d->height,
                                         .file_name = file_name};
    return det_dataset_add_image(d->out, &image, d->message);
}

static det_status draw(struct drawing *d, const char *name)
{
    DET_TRY(check_arrays(d));
    DET_TRY(det_allocate(&d->masks, d->objects, sizeof *d->masks, d->message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < d->objects; i++)
        status =
            det_rle_builder_init(&d->masks[i], d->width, d->height, d->message);
    if (status == DET_OK)
        status = draw_all(d);
    if (status == DET_OK)
        status = add_image(d, name);
    if (status == DET_OK)
        status = keep_all(d);
    for (size_t i = 0; i < d->objects; i++)
        det_rle_builder_destroy(&d->masks[i]);
    free(d->masks);
    return status;
}

det_status det_sbd_parse(struct det_dataset *out, const char *name,
                         const uint8_t *mat, size_t size,
                         struct det_message *message)
{
    struct drawing d = {.out = out, .message = message};
    struct det_mat_variable variable;
    DET_TRY(det_mat_find(&variable, mat, size, "GTinst", largest_inflated,
                         message));
    det_status status = det_mat_field(&d.segmentation, &variable.array,
                                      "Segmentation", message);
    if (status == DET_OK)
        status = det_mat_field(&d.categories, &variable.array, "Categories",
                               message);
    if (status == DET_OK)
        status = draw(&d, name);
    det_mat_variable_destroy(&variable);
    return status;
}

/* ---------------------------------------------------------------- the folder
 */

static det_status read_file(struct det_dataset *out, const char *folder,
                            const char *name, struct det_message *message)
{
    char path[LONGEST_NAME + 32];
    uint8_t *mat;
    size_t size;
    if (strchr(name, '/') || strlen(name) > LONGEST_NAME)
        return det_fail(message, DET_ERROR_DATASET,
                        "\"%s\" is not a name of an image", name);
    snprintf(path, sizeof path, "inst/%s.mat", name);
    DET_TRY(det_beneath_read(&mat, &size, folder, path, largest_file, message));
    const det_status status = det_sbd_parse(out, name, mat, size, message);
    free(mat);
    if (status != DET_OK)
        det_message_prefix(message, path);
    return status;
}

static det_status read_lines(struct det_dataset *out, const char *folder,
                             char *text, struct det_message *message)
{
    for (char *line = text; line;) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line += strspn(line, " \t\r");
        line[strcspn(line, " \t\r")] = '\0';
        if (*line)
            DET_TRY(read_file(out, folder, line, message));
        line = next;
    }
    return DET_OK;
}

static det_status read_list(struct det_dataset *out, const char *folder,
                            const char *list, struct det_message *message)
{
    char path[LONGEST_NAME + 32];
    uint8_t *text;
    size_t size;
    const int length = snprintf(path, sizeof path, "%s.txt", list);
    if (length < 0 || (size_t)length >= sizeof path)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "the list's name is too long");
    DET_TRY(
        det_beneath_read(&text, &size, folder, path, largest_list, message));
    det_status status = det_reallocate(&text, size + 1, 1, message);
    if (status == DET_OK) {
        text[size] = '\0';
        status = read_lines(out, folder, (char *)text, message);
    }
    free(text);
    return status;
}

static det_status read_all(struct det_dataset *out, const char *folder,
                           struct det_message *message)
{
    static const char *const endings[] = {"mat", NULL};
    struct det_folder_list files;
    DET_TRY(
        det_folder_walk_files(&files, NULL, folder, "inst", endings, message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < files.count; i++) {
        char name[PATH_MAX];
        const char *file = files.names[i] + strlen("inst/");
        snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - 4), file);
        status = read_file(out, folder, name, message);
    }
    det_folder_list_destroy(&files);
    return status;
}

static det_status add_classes(struct det_dataset *out,
                              struct det_message *message)
{
    char name[64];
    const char *line = strchr(det_voc_names, '\n') + 1; /* the background */
    for (int64_t id = 1; *line; id++) {
        const size_t length = strcspn(line, "\n");
        snprintf(name, sizeof name, "%.*s", (int)length, line);
        const struct det_data_category category = {
            .id = id, .name = name, .supercategory = ""};
        DET_TRY(det_dataset_add_category(out, &category, message));
        line += length + (line[length] == '\n');
    }
    return DET_OK;
}

det_status det_sbd_open(struct det_dataset *out, const char *folder,
                        const char *list, struct det_message *message)
{
    *out = (struct det_dataset){0};
    det_status status = add_classes(out, message);
    if (status == DET_OK)
        status = list ? read_list(out, folder, list, message)
                      : read_all(out, folder, message);
    if (status == DET_OK)
        det_dataset_finish(out);
    else
        det_dataset_clear(out);
    return status;
}

bool det_sbd_is_one(const char *folder)
{
    return det_folder_walk_has(folder, "inst");
}
