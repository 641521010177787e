/* SPDX-License-Identifier: MIT */
#include "datasets/cifar_binary.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "datasets/folder_list.h"

enum {
    SIDE = 32,
    PIXELS = 3 * SIDE * SIDE,
    RECORD = 1 + PIXELS,
    CLASSES = 10,
    MOST_NAMES = 1 << 16
};

static const size_t largest_file = (size_t)1 << 30;

static const char own_names[] = "airplane\nautomobile\nbird\ncat\ndeer\ndog\n"
                                "frog\nhorse\nship\ntruck\n";

/* ------------------------------------------------------------------ classes */

static det_status add_classes(struct det_dataset *out, const char *text,
                              struct det_message *message)
{
    for (int64_t id = 0; id < CLASSES; id++) {
        const size_t length = strcspn(text, "\r\n");
        char name[64];
        if (length == 0 || length >= sizeof name)
            return det_fail(message, DET_ERROR_DATASET,
                            "batches.meta.txt: line %d: a name of 1 to 63 "
                            "bytes should be there",
                            (int)id + 1);
        snprintf(name, sizeof name, "%.*s", (int)length, text);
        const struct det_data_category category = {
            .id = id, .name = name, .supercategory = ""};
        DET_TRY(det_dataset_add_category(out, &category, message));
        text += length;
        text += strspn(text, "\r");
        text += *text == '\n';
    }
    return DET_OK;
}

static det_status read_classes(struct det_dataset *out, const char *folder,
                               struct det_message *message)
{
    uint8_t *data;
    size_t size;
    char *text;
    if (det_beneath_read(&data, &size, folder, "batches.meta.txt", MOST_NAMES,
                         NULL) != DET_OK)
        return add_classes(out, own_names, message);
    det_status status = det_allocate(&text, size + 1, 1, message);
    if (status == DET_OK) {
        memcpy(text, data, size);
        status = add_classes(out, text, message);
        free(text);
    }
    free(data);
    return status;
}

/* ------------------------------------------------------------------ records */

static det_status add_record(struct det_dataset *out, const uint8_t *record,
                             const char *file, size_t index,
                             struct det_message *message)
{
    char name[NAME_MAX + 32];
    const int64_t id = (int64_t)out->num_images + 1;
    if (record[0] >= CLASSES)
        return det_fail(message, DET_ERROR_DATASET,
                        "%s: byte %zu: label %d; 0 to 9 are possible", file,
                        index * RECORD, record[0]);
    snprintf(name, sizeof name, "%s#%zu", file, index);
    const struct det_data_image image = {.id = id,
                                         .width = SIDE,
                                         .height = SIDE,
                                         .file_name = name,
                                         .planes = record + 1};
    const struct det_annotation label = {.id = id,
                                         .image_id = id,
                                         .category_id = record[0],
                                         .box = {NAN, NAN, NAN, NAN},
                                         .area = NAN};
    DET_TRY(det_dataset_add_image(out, &image, message));
    return det_dataset_add_annotation(out, &label, message);
}

static det_status read_file(struct det_dataset *out, const char *folder,
                            const char *file, struct det_message *message)
{
    uint8_t *data;
    size_t size;
    DET_TRY(det_beneath_read(&data, &size, folder, file, largest_file,
                             message));
    det_status status = det_dataset_keep_block(out, data, message);
    if (status == DET_OK && (size == 0 || size % RECORD != 0))
        status = det_fail(message, DET_ERROR_DATASET,
                          "%s: %zu bytes; records have %d, and the last one is "
                          "cut at byte %zu",
                          file, size, RECORD, size / RECORD * RECORD);
    for (size_t i = 0; status == DET_OK && i < size / RECORD; i++)
        status = add_record(out, data + i * RECORD, file, i, message);
    return status;
}

/* ----------------------------------------------------------------- the whole */

static det_status read_folder(struct det_dataset *out, const char *folder,
                              const char *list, struct det_message *message)
{
    const bool test = list && strcmp(list, "test") == 0;
    struct det_folder_list files;
    if (list && !test && strcmp(list, "train") != 0)
        return det_fail(message, DET_ERROR_DATASET,
                        "there is no list \"%s\": train (data_batch_*.bin) or "
                        "test (test_batch.bin)",
                        list);
    DET_TRY(read_classes(out, folder, message));
    DET_TRY(det_folder_list_read(&files, folder, "bin", message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < files.count; i++)
        if (strncmp(files.names[i], test ? "test_batch" : "data_batch", 10) ==
            0)
            status = read_file(out, folder, files.names[i], message);
    det_folder_list_destroy(&files);
    if (status == DET_OK && out->num_images == 0)
        return det_fail(message, DET_ERROR_DATASET, "no %s_batch*.bin there",
                        test ? "test" : "data");
    return status;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* "FOLDER/" and NAME of a path. */
static det_status split_path(char **folder, const char **name,
                             const char *path, struct det_message *message)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    DET_TRY(det_copy_text(folder, slash ? path : "./", message));
    if (slash)
        (*folder)[slash + 1 - path] = 0;
    return DET_OK;
}

static det_status read_path(struct det_dataset *out, const char *path,
                            const char *list, struct det_message *message)
{
    char *folder;
    const char *name;
    if (is_folder(path))
        return read_folder(out, path, list, message);
    DET_TRY(split_path(&folder, &name, path, message));
    det_status status = read_classes(out, folder, message);
    if (status == DET_OK)
        status = read_file(out, folder, name, message);
    free(folder);
    return status;
}

det_status det_cifar_open(struct det_dataset *out, const char *path,
                          const char *list, struct det_message *message)
{
    *out = (struct det_dataset){0};
    const det_status status = read_path(out, path, list, message);
    if (status == DET_OK)
        det_dataset_finish(out);
    else
        det_dataset_clear(out);
    return status;
}

bool det_cifar_is_one(const char *path)
{
    char inside[PATH_MAX];
    const char *dot = strrchr(path, '.');
    struct stat about;
    if (!is_folder(path))
        return dot && strcmp(dot, ".bin") == 0 && stat(path, &about) == 0 &&
               about.st_size > 0 && about.st_size % RECORD == 0;
    const int length =
        snprintf(inside, sizeof inside, "%s/data_batch_1.bin", path);
    return length < PATH_MAX && stat(inside, &about) == 0;
}
