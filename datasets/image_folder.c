/* SPDX-License-Identifier: MIT */
#include "datasets/image_folder.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "datasets/folder_list.h"

enum { DEEPEST = 16 };

static const char endings[] = "jpg|jpeg|png";

struct reading {
    struct det_dataset *out;
    const char *folder;
    int64_t category_id;
    struct det_message *message;
};

/* FOLDER/NAME, both given. */
static det_status join(char out[PATH_MAX], const char *folder,
                       const char *name, struct det_message *message)
{
    const int length = snprintf(out, PATH_MAX, "%s%s%s", folder,
                                *folder && *name ? "/" : "", name);
    if (length >= 0 && length < PATH_MAX)
        return DET_OK;
    return det_fail(message, DET_ERROR_DATASET, "%s/%s: the name is too long",
                    folder, name);
}

/* ------------------------------------------------------------------ reading */

static det_status add_image(struct reading *r, const char *name)
{
    const int64_t id = (int64_t)r->out->num_images + 1;
    const struct det_data_image image = {.id = id, .file_name = name};
    const struct det_annotation label = {.id = id,
                                         .image_id = id,
                                         .category_id = r->category_id,
                                         .box = {NAN, NAN, NAN, NAN},
                                         .area = NAN};
    DET_TRY(det_dataset_add_image(r->out, &image, r->message));
    return det_dataset_add_annotation(r->out, &label, r->message);
}

static det_status read_below(struct reading *r, const char *inside, int depth);

static det_status read_list(struct reading *r, const char *inside,
                            const struct det_folder_list *list, int depth)
{
    for (size_t i = 0; i < list->count; i++) {
        char name[PATH_MAX];
        DET_TRY(join(name, inside, list->names[i], r->message));
        if (depth == 0)
            DET_TRY(add_image(r, name));
        else
            DET_TRY(read_below(r, name, depth));
    }
    return DET_OK;
}

/* The images of FOLDER/INSIDE, then those of its folders: os.walk's order. */
static det_status read_below(struct reading *r, const char *inside, int depth)
{
    char path[PATH_MAX];
    struct det_folder_list list;
    if (depth > DEEPEST)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "%s: more than %d folders inside each other", inside,
                        DEEPEST);
    DET_TRY(join(path, r->folder, inside, r->message));
    DET_TRY(det_folder_list_read(&list, path, endings, r->message));
    det_status status = read_list(r, inside, &list, 0);
    det_folder_list_destroy(&list);
    if (status != DET_OK)
        return status;
    DET_TRY(det_folder_list_folders(&list, path, r->message));
    status = read_list(r, inside, &list, depth + 1);
    det_folder_list_destroy(&list);
    return status;
}

static det_status read_classes(struct reading *r, const char *inside,
                               const struct det_folder_list *classes)
{
    for (size_t i = 0; i < classes->count; i++) {
        char name[PATH_MAX];
        const struct det_data_category category = {
            .id = (int64_t)i, .name = classes->names[i], .supercategory = ""};
        r->category_id = category.id;
        DET_TRY(det_dataset_add_category(r->out, &category, r->message));
        DET_TRY(join(name, inside, classes->names[i], r->message));
        DET_TRY(read_below(r, name, 1));
    }
    return DET_OK;
}

/* ---------------------------------------------------------- which part of it */

static det_status has_folders(bool *out, const char *folder, const char *name,
                              struct det_message *message)
{
    char path[PATH_MAX];
    struct det_folder_list inside;
    DET_TRY(join(path, folder, name, message));
    DET_TRY(det_folder_list_folders(&inside, path, message));
    *out = inside.count > 0;
    det_folder_list_destroy(&inside);
    return DET_OK;
}

static det_status refuse(const struct det_folder_list *lists,
                         struct det_message *message)
{
    char text[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < lists->count && length < sizeof text; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                   i ? ", " : "", lists->names[i]);
    return det_fail(message, DET_ERROR_DATASET,
                    "there are several lists; say which of them: %s", text);
}

/* Classes lie in FOLDER, or in FOLDER/<list>: the first folder tells. */
static det_status choose_list(const char **out, const char *folder,
                              const struct det_folder_list *folders,
                              struct det_message *message)
{
    bool nested = false;
    *out = "";
    if (folders->count > 0)
        DET_TRY(has_folders(&nested, folder, folders->names[0], message));
    if (!nested)
        return DET_OK;
    *out = folders->names[0];
    return folders->count == 1 ? DET_OK : refuse(folders, message);
}

static det_status read_all(struct reading *r, const char *list)
{
    char path[PATH_MAX];
    struct det_folder_list classes;
    DET_TRY(join(path, r->folder, list, r->message));
    DET_TRY(det_folder_list_folders(&classes, path, r->message));
    const det_status status = read_classes(r, list, &classes);
    det_folder_list_destroy(&classes);
    if (status == DET_OK && r->out->num_images == 0)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "no images in folders named after their classes");
    return status;
}

det_status det_image_folder_open(struct det_dataset *out, const char *folder,
                                 const char *list, struct det_message *message)
{
    struct reading r = {.out = out, .folder = folder, .message = message};
    struct det_folder_list folders = {0};
    det_status status = DET_OK;
    *out = (struct det_dataset){0};
    if (!list) {
        status = det_folder_list_folders(&folders, folder, message);
        if (status == DET_OK)
            status = choose_list(&list, folder, &folders, message);
    }
    if (status == DET_OK)
        status = read_all(&r, list);
    det_folder_list_destroy(&folders);
    if (status == DET_OK)
        det_dataset_finish(out);
    else
        det_dataset_clear(out);
    return status;
}

bool det_image_folder_is_one(const char *folder)
{
    struct det_folder_list folders, images;
    if (det_folder_list_folders(&folders, folder, NULL) != DET_OK)
        return false;
    char path[PATH_MAX];
    bool found = false;
    for (size_t i = 0; i < folders.count && i < 1; i++)
        found = join(path, folder, folders.names[i], NULL) == DET_OK &&
                det_folder_list_folders(&images, path, NULL) == DET_OK;
    if (found) {
        found = images.count > 0; /* lists of classes */
        det_folder_list_destroy(&images);
        if (!found && det_folder_list_read(&images, path, endings, NULL) ==
                          DET_OK) {
            found = images.count > 0;
            det_folder_list_destroy(&images);
        }
    }
    det_folder_list_destroy(&folders);
    return found;
}
