/* SPDX-License-Identifier: MIT */
/* A folder of annotation files, and the order of its classes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "datasets/class_names.h"
#include "datasets/folder_list.h"
#include "datasets/sbd_masks.h"
#include "datasets/voc_masks.h"
#include "datasets/voc_xml.h"

enum { LONGEST_NAME = 255, MOST_BYTES = 16 << 20, MOST_LIST_BYTES = 64 << 20 };

struct reader {
    struct det_dataset *out;
    const char *folder;
    struct det_voc_names names;
    bool has_masks; /* there is a folder SegmentationObject */
    struct det_message *message;
};

/* ------------------------------------------------------------------ the files
 */

static det_status check_name(const struct reader *r, const char *name)
{
    if (strchr(name, '/') || strlen(name) > LONGEST_NAME)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "\"%s\" is not a name of an image", name);
    return DET_OK;
}

static det_status read_annotation(struct reader *r, const char *name)
{
    char path[LONGEST_NAME + 32];
    uint8_t *xml;
    size_t size;
    snprintf(path, sizeof path, "Annotations/%s.xml", name);
    DET_TRY(
        det_beneath_read(&xml, &size, r->folder, path, MOST_BYTES, r->message));
    const det_status status = det_voc_parse(
        r->out, &r->names, name, (const char *)xml, size, r->message);
    free(xml);
    if (status != DET_OK)
        det_message_prefix(r->message, path);
    return status;
}

/* Some images have a picture of their objects. */
static det_status read_masks(struct reader *r, const char *name, size_t before)
{
    char path[LONGEST_NAME + 32];
    uint8_t *png;
    size_t size;
    int file;
    snprintf(path, sizeof path, "SegmentationObject/%s.png", name);
    if (!r->has_masks ||
        det_beneath_open_file(&file, r->folder, path, NULL) != DET_OK)
        return DET_OK;
    close(file);
    DET_TRY(
        det_beneath_read(&png, &size, r->folder, path, MOST_BYTES, r->message));
    const struct det_data_image *image =
        &r->out->images[r->out->num_images - 1];
    const det_status status =
        det_voc_masks_take(r->out, r->out->num_annotations - before, png, size,
                           image->width, image->height, r->message);
    free(png);
    if (status != DET_OK)
        det_message_prefix(r->message, path);
    return status;
}

static det_status read_image(struct reader *r, const char *name)
{
    const size_t before = r->out->num_annotations;
    DET_TRY(check_name(r, name));
    DET_TRY(read_annotation(r, name));
    return read_masks(r, name, before);
}

/* The first word of each line: lists of one class have 1 or -1 behind it. */
static det_status read_listed(struct reader *r, char *text)
{
    for (char *line = text; line;) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line += strspn(line, " \t\r");
        line[strcspn(line, " \t\r")] = '\0';
        if (*line)
            DET_TRY(read_image(r, line));
        line = next;
    }
    return DET_OK;
}

static det_status read_list(struct reader *r, const char *list)
{
    char path[LONGEST_NAME + 32];
    uint8_t *text;
    size_t size;
    const int length =
        snprintf(path, sizeof path, "ImageSets/Main/%s.txt", list);
    if (length < 0 || (size_t)length >= sizeof path)
        return det_fail(r->message, DET_ERROR_ARGUMENT,
                        "the list's name is too long");
    DET_TRY(det_beneath_read(&text, &size, r->folder, path, MOST_LIST_BYTES,
                             r->message));
    det_status status = det_reallocate(&text, size + 1, 1, r->message);
    if (status == DET_OK) {
        text[size] = '\0';
        status = read_listed(r, (char *)text);
    }
    free(text);
    return status;
}

static det_status read_all(struct reader *r)
{
    struct det_folder_list list;
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/Annotations", r->folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return det_fail(r->message, DET_ERROR_ARGUMENT,
                        "the folder's name is too long");
    DET_TRY(det_folder_list_read(&list, path, "xml", r->message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < list.count; i++) {
        char name[LONGEST_NAME + 1];
        const size_t stem = strlen(list.names[i]) - strlen(".xml");
        snprintf(name, sizeof name, "%.*s", (int)stem, list.names[i]);
        status = read_image(r, name);
    }
    det_folder_list_destroy(&list);
    return status;
}

/* ---------------------------------------------------------------- the classes
 */

/* Place of a name among VOC's 20, from 1 on, or 0. */
static size_t place_in_voc(const char *name)
{
    const char *line = strchr(det_voc_names, '\n') + 1; /* the background */
    for (size_t place = 1; *line; place++) {
        const size_t length = strcspn(line, "\n");
        if (strlen(name) == length && memcmp(name, line, length) == 0)
            return place;
        line += length + (line[length] == '\n');
    }
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static det_status add_category(struct reader *r, size_t id, const char *name)
{
    const struct det_data_category category = {
        .id = (int64_t)id, .name = name, .supercategory = ""};
    return det_dataset_add_category(r->out, &category, r->message);
}

static det_status add_voc(struct reader *r)
{
    char name[64];
    const char *line = strchr(det_voc_names, '\n') + 1;
    for (size_t id = 1; *line; id++) {
        const size_t length = strcspn(line, "\n");
        snprintf(name, sizeof name, "%.*s", (int)length, line);
        DET_TRY(add_category(r, id, name));
        line += length + (line[length] == '\n');
    }
    return DET_OK;
}

static bool all_are_voc(const struct det_voc_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (place_in_voc(names->items[i]) == 0)
            return false;
    return names->count > 0;
}

/* ids[place in r->names] */
static det_status number_classes(struct reader *r, size_t *ids)
{
    const struct det_voc_names *names = &r->names;
    const char **sorted;
    if (all_are_voc(names)) {
        for (size_t i = 0; i < names->count; i++)
            ids[i] = place_in_voc(names->items[i]);
        return add_voc(r);
    }
    DET_TRY(det_allocate(&sorted, names->count, sizeof *sorted, r->message));
    for (size_t i = 0; i < names->count; i++)
        sorted[i] = names->items[i];
    qsort(sorted, names->count, sizeof *sorted, compare_names);
    det_status status = DET_OK;
    for (size_t k = 0; status == DET_OK && k < names->count; k++) {
        status = add_category(r, k + 1, sorted[k]);
        for (size_t i = 0; i < names->count; i++)
            if (names->items[i] == sorted[k])
                ids[i] = k + 1;
    }
    free(sorted);
    return status;
}

static det_status settle_classes(struct reader *r)
{
    size_t *ids;
    DET_TRY(det_allocate(&ids, r->names.count, sizeof *ids, r->message));
    const det_status status = number_classes(r, ids);
    for (size_t i = 0; status == DET_OK && i < r->out->num_annotations; i++) {
        struct det_annotation *a = &r->out->annotations[i];
        a->category_id = (int64_t)ids[a->category_id];
    }
    free(ids);
    return status;
}

static bool has_mask_folder(const char *folder)
{
    char path[4096];
    struct stat about;
    const int length =
        snprintf(path, sizeof path, "%s/SegmentationObject", folder);
    return length >= 0 && (size_t)length < sizeof path &&
           stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

det_status det_voc_open(struct det_dataset *out, const char *folder,
                        const char *list, struct det_message *message)
{
    struct reader reader = {.out = out, .folder = folder, .message = message};
    if (det_sbd_is_one(folder))
        return det_sbd_open(out, folder, list, message);
    *out = (struct det_dataset){0};
    reader.has_masks = has_mask_folder(folder);
    det_status status = list ? read_list(&reader, list) : read_all(&reader);
    if (status == DET_OK)
        status = settle_classes(&reader);
    free(reader.names.items);
    if (status == DET_OK)
        det_dataset_finish(out);
    else
        det_dataset_clear(out);
    return status;
}
