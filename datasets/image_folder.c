/* SPDX-License-Identifier: MIT */
#include "datasets/image_folder.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "datasets/folder_walk.h"

/* What detectors can read. */
static const char *const endings[] = {"jpg", "jpeg", "png", NULL};
static const char *const json[] = {"json", NULL};

static const char *const list_names[] = {
    "train", "training", "val", "valid", "validation", "test", "testing"};

enum { LIST_NAMES = sizeof list_names / sizeof *list_names };

struct reading {
    struct det_dataset *out;
    const char *folder;
    size_t others; /* files that are no images, by their names */
    struct det_message *message;
};

/* INSIDE/NAME, or NAME when inside is "". */
static det_status join(char out[PATH_MAX], const char *inside, const char *name,
                       struct det_message *message)
{
    const int length =
        snprintf(out, PATH_MAX, "%s%s%s", inside, *inside ? "/" : "", name);
    if (length >= 0 && length < PATH_MAX)
        return DET_OK;
    return det_fail(message, DET_ERROR_DATASET, "%.200s/...: too long a name",
                    inside);
}

/* ------------------------------------------------------------------ classes */

static det_status add_image(struct reading *r, const char *name,
                            int64_t category_id)
{
    const int64_t id = (int64_t)r->out->num_images + 1;
    const struct det_data_image image = {.id = id, .file_name = name};
    const struct det_annotation label = {.id = id,
                                         .image_id = id,
                                         .category_id = category_id,
                                         .box = {NAN, NAN, NAN, NAN},
                                         .area = NAN};
    DET_TRY(det_dataset_add_image(r->out, &image, r->message));
    return det_dataset_add_annotation(r->out, &label, r->message);
}

static det_status read_class(struct reading *r, const char *list,
                             const char *name)
{
    const struct det_data_category category = {
        .id = (int64_t)r->out->num_categories,
        .name = name,
        .supercategory = ""};
    struct det_folder_list files;
    char inside[PATH_MAX];
    size_t others;
    DET_TRY(det_dataset_add_category(r->out, &category, r->message));
    DET_TRY(join(inside, list, name, r->message));
    DET_TRY(det_folder_walk_files(&files, &others, r->folder, inside, endings,
                                  r->message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < files.count; i++)
        status = add_image(r, files.names[i], category.id);
    det_folder_list_destroy(&files);
    r->others += others;
    return status;
}

/* Why there is nothing. */
static det_status refuse_empty(struct reading *r, const char *list)
{
    struct det_folder_list files;
    DET_TRY(det_folder_walk_files(&files, NULL, r->folder, list, endings,
                                  r->message));
    const size_t count = files.count;
    det_folder_list_destroy(&files);
    if (count)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "%zu images in %s%s, but no folders that tell their "
                        "classes; move each into a folder named after its "
                        "class (ImageNet's validation images can also be read "
                        "by their XML files: format imagenet-loc)",
                        count, *list ? "the folder " : "the folder itself",
                        list);
    return det_fail(r->message, DET_ERROR_DATASET,
                    "no .jpg, .jpeg or .png in folders named after classes");
}

static det_status read_all(struct reading *r, const char *list)
{
    struct det_folder_list classes;
    DET_TRY(det_folder_walk_folders(&classes, r->folder, list, r->message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < classes.count; i++)
        status = read_class(r, list, classes.names[i]);
    det_folder_list_destroy(&classes);
    if (status == DET_OK && r->out->num_images == 0)
        return refuse_empty(r, list);
    if (status == DET_OK && r->others)
        det_log(r->message, DET_LOG_WARNING,
                "%s: %zu files are neither .jpg, .jpeg nor .png and were "
                "passed over",
                r->folder, r->others);
    return status;
}

/* -------------------------------------------------------------------- lists */

/* The names of `folder`'s lists: those known folders that hold folders. */
static det_status find_lists(const char *out[LIST_NAMES], size_t *count,
                             const char *folder, struct det_message *message)
{
    *count = 0;
    for (size_t i = 0; i < LIST_NAMES; i++) {
        struct det_folder_list inside;
        if (!det_folder_walk_has(folder, list_names[i]))
            continue;
        DET_TRY(
            det_folder_walk_folders(&inside, folder, list_names[i], message));
        if (inside.count)
            out[(*count)++] = list_names[i];
        det_folder_list_destroy(&inside);
    }
    return DET_OK;
}

static det_status choose_list(const char **out, const char *folder,
                              struct det_message *message)
{
    const char *names[LIST_NAMES];
    char text[128] = "";
    size_t count, length = 0;
    DET_TRY(find_lists(names, &count, folder, message));
    *out = count == 1 ? names[0] : "";
    if (count <= 1)
        return DET_OK;
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                   i ? ", " : "", names[i]);
    return det_fail(message, DET_ERROR_DATASET,
                    "there are several lists; say which one (--list): %s",
                    text);
}

det_status det_image_folder_open(struct det_dataset *out, const char *folder,
                                 const char *list, struct det_message *message)
{
    struct reading r = {.out = out, .folder = folder, .message = message};
    det_status status = DET_OK;
    *out = (struct det_dataset){0};
    if (!list)
        status = choose_list(&list, folder, message);
    else if (strchr(list, '/') || list[0] == '.' || list[0] == 0)
        status = det_fail(message, DET_ERROR_ARGUMENT,
                          "\"%s\" is not a name of a list", list);
    if (status == DET_OK)
        status = read_all(&r, list);
    if (status == DET_OK)
        det_dataset_finish(out);
    else
        det_dataset_clear(out);
    return status;
}

/* -------------------------------------------------------------- recognition */

static bool holds_files(const char *folder, const char *inside,
                        const char *const *wanted)
{
    struct det_folder_list files;
    if (det_folder_walk_files(&files, NULL, folder, inside, wanted, NULL) !=
        DET_OK)
        return false;
    const bool found = files.count > 0;
    det_folder_list_destroy(&files);
    return found;
}

/* A few classes may be empty. */
static bool some_class_has_images(const char *folder)
{
    enum { TRIED = 8 };
    struct det_folder_list classes;
    bool found = false;
    if (det_folder_walk_folders(&classes, folder, "", NULL) != DET_OK)
        return false;
    for (size_t i = 0; !found && i < classes.count && i < TRIED; i++)
        found = holds_files(folder, classes.names[i], endings) &&
                !holds_files(folder, classes.names[i], json);
    det_folder_list_destroy(&classes);
    return found;
}

bool det_image_folder_is_one(const char *folder)
{
    const char *names[LIST_NAMES];
    struct det_folder_list files;
    size_t count;
    if (det_folder_list_read(&files, folder, "json", NULL) != DET_OK)
        return false;
    count = files.count; /* LabelMe's */
    det_folder_list_destroy(&files);
    if (count || det_folder_walk_has(folder, "labels")) /* YOLO's */
        return false;
    return (find_lists(names, &count, folder, NULL) == DET_OK && count) ||
           some_class_has_images(folder);
}
