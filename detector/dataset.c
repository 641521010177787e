/* SPDX-License-Identifier: MIT */
/* The public calls on data sets: options and messages around datasets/. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "datasets/cifar_binary.h"
#include "datasets/coco_json.h"
#include "datasets/image_folder.h"
#include "datasets/imagenet_folder.h"
#include "datasets/labelme.h"
#include "datasets/voc_xml.h"
#include "datasets/yolo.h"
#include "detect/data.h"
#include "detector/context.h"
#include "detector/dataset_image.h"
#include "detector/load_image.h"
#include "image/image.h"

void det_dataset_options_init(det_dataset_options *options)
{
    *options = (det_dataset_options){.struct_size = sizeof *options};
}

static det_status read_options(det_dataset_options *out,
                               const det_dataset_options *options,
                               struct det_message *message)
{
    det_dataset_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "data set options of %zu bytes; this library knows "
                        "%zu: call det_dataset_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    return DET_OK;
}

/* ------------------------------------------------------------------ formats */

static det_status open_coco(det_dataset *out, const char *path,
                            const det_dataset_options *options,
                            struct det_message *message)
{
    (void)options;
    return det_coco_json_open(out, path, message);
}

static det_status open_yolo(det_dataset *out, const char *path,
                            const det_dataset_options *options,
                            struct det_message *message)
{
    return det_yolo_open(out, path, options->list, options->images, message);
}

static det_status open_labelme(det_dataset *out, const char *path,
                               const det_dataset_options *options,
                               struct det_message *message)
{
    (void)options;
    return det_labelme_open(out, path, message);
}

static det_status open_voc(det_dataset *out, const char *path,
                           const det_dataset_options *options,
                           struct det_message *message)
{
    return det_voc_open(out, path, options->list, message);
}

static det_status open_folder(det_dataset *out, const char *path,
                              const det_dataset_options *options,
                              struct det_message *message)
{
    return det_image_folder_open(out, path, options->list, message);
}

static det_status open_cifar(det_dataset *out, const char *path,
                             const det_dataset_options *options,
                             struct det_message *message)
{
    return det_cifar_open(out, 10, path, options->list, message);
}

static det_status open_cifar_100(det_dataset *out, const char *path,
                                 const det_dataset_options *options,
                                 struct det_message *message)
{
    return det_cifar_open(out, 100, path, options->list, message);
}

static det_status open_imagenet_det(det_dataset *out, const char *path,
                                    const det_dataset_options *options,
                                    struct det_message *message)
{
    return det_imagenet_open(out, DET_IMAGENET_DET, path, options->list,
                             message);
}

static det_status open_imagenet_loc(det_dataset *out, const char *path,
                                    const det_dataset_options *options,
                                    struct det_message *message)
{
    return det_imagenet_open(out, DET_IMAGENET_LOC, path, options->list,
                             message);
}

static const struct {
    const char *name;
    det_status (*open)(det_dataset *out, const char *path,
                       const det_dataset_options *options,
                       struct det_message *message);
    bool holds_images; /* below the path, or in the file */
} formats[] = {
    {"coco", open_coco, false},
    {"voc", open_voc, false},
    {"yolo", open_yolo, false},
    {"labelme", open_labelme, false},
    {"folder", open_folder, true},
    {"cifar10", open_cifar, true},
    {"cifar100", open_cifar_100, true},
    {"imagenet-det", open_imagenet_det, true},
    {"imagenet-loc", open_imagenet_loc, true},
};

enum { FORMATS = sizeof formats / sizeof *formats };

const char *det_dataset_format_name(size_t index)
{
    return index < FORMATS ? formats[index].name : NULL;
}

static bool has_inside(const char *folder, const char *name)
{
    char inside[PATH_MAX];
    struct stat about;
    const int length = snprintf(inside, sizeof inside, "%s/%s", folder, name);
    return length >= 0 && length < PATH_MAX && stat(inside, &about) == 0;
}

/* By what is there: a file is COCO's or CIFAR's, a folder ImageNet's or VOC's
 * when it has annotations, YOLO's when it has classes, CIFAR's when it has
 * batches, and an image folder when its folders hold images. */
static const char *recognise(const char *path)
{
    struct stat about;
    const int cifar = det_cifar_is_one(path);
    if (cifar)
        return cifar == 10 ? "cifar10" : "cifar100";
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return "coco";
    if (det_imagenet_is_one(path, DET_IMAGENET_DET))
        return "imagenet-det";
    if (det_imagenet_is_one(path, DET_IMAGENET_LOC))
        return "imagenet-loc";
    if (has_inside(path, "Annotations") || has_inside(path, "inst"))
        return "voc";
    if (has_inside(path, "classes.txt"))
        return "yolo";
    return det_image_folder_is_one(path) ? "folder" : "labelme";
}

static det_status find_format(size_t *out, const char *name,
                              struct det_message *message)
{
    for (*out = 0; *out < FORMATS; (*out)++)
        if (strcmp(formats[*out].name, name) == 0)
            return DET_OK;
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "\"%s\" is not a format that can be read: coco, voc, "
                    "yolo, labelme, folder, cifar10, cifar100, imagenet-det, "
                    "imagenet-loc",
                    name);
}

static det_status load(det_dataset *out, const char *path,
                       const det_dataset_options *options,
                       struct det_message *message)
{
    det_status status;
    size_t format;
    DET_TRY(find_format(
        &format, options->format ? options->format : recognise(path), message));
    DET_TRY(formats[format].open(out, path, options, message));
    if (formats[format].holds_images)
        DET_TRY_OR_FAIL(det_text_pool_add(&out->texts, &out->folder, path,
                                          strlen(path), message));
    if (!options->keep_repeated)
        DET_TRY_OR_FAIL(det_dataset_refuse_repeated(out, message));
    DET_TRY_OR_FAIL(det_image_groups_init(&out->groups, out, message));
    return DET_OK;
fail:
    det_message_prefix(message, path);
    det_dataset_clear(out);
    return status;
}

det_status det_dataset_load(det_context *context, const char *path,
                            const det_dataset_options *options,
                            det_dataset **out)
{
    if (!context || !path || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_dataset_options o;
    *out = NULL;
    DET_TRY(read_options(&o, options, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    const det_status status = load(*out, path, &o, message);
    if (status != DET_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

void det_dataset_destroy(det_dataset **dataset)
{
    if (!dataset || !*dataset)
        return;
    det_dataset_clear(*dataset);
    free(*dataset);
    *dataset = NULL;
}

size_t det_dataset_image_count(const det_dataset *dataset)
{
    return dataset ? dataset->num_images : 0;
}

size_t det_dataset_category_count(const det_dataset *dataset)
{
    return dataset ? dataset->num_categories : 0;
}

size_t det_dataset_annotation_count(const det_dataset *dataset)
{
    return dataset ? dataset->num_annotations : 0;
}

int det_dataset_is_classification(const det_dataset *dataset)
{
    return dataset && det_dataset_lacks_boxes(dataset);
}

const char *det_dataset_folder(const det_dataset *dataset)
{
    return dataset ? dataset->folder : NULL;
}

int det_dataset_get_image(const det_dataset *dataset, size_t index,
                          det_dataset_image *out)
{
    if (!dataset || !out || index >= dataset->num_images)
        return 0;
    const struct det_data_image *image = &dataset->images[index];
    *out = (det_dataset_image){.id = image->id,
                               .width = image->width,
                               .height = image->height,
                               .file_name = image->file_name};
    return 1;
}

int det_dataset_get_category(const det_dataset *dataset, size_t index,
                             det_dataset_category *out)
{
    if (!dataset || !out || index >= dataset->num_categories)
        return 0;
    const struct det_data_category *category = &dataset->categories[index];
    *out = (det_dataset_category){.id = category->id,
                                  .name = category->name,
                                  .supercategory = category->supercategory};
    return 1;
}

/* ------------------------------------------------------------------- images */

static const size_t max_encoded = (size_t)1 << 30; /* bytes */

static det_status check_size(const struct det_data_image *image,
                             const det_pixels *pixels,
                             struct det_message *message)
{
    if ((image->width == 0 || image->width == pixels->width) &&
        (image->height == 0 || image->height == pixels->height))
        return DET_OK;
    return det_fail(message, DET_ERROR_DATASET,
                    "%s has %d x %d pixels, the annotations say %d x %d",
                    image->file_name, pixels->width, pixels->height,
                    image->width, image->height);
}

det_status det_dataset_read_image(struct det_image **out,
                                  const struct det_data_image *image,
                                  const char *folder, uint64_t max_pixels,
                                  struct det_message *message)
{
    uint8_t *data;
    size_t size;
    if (image->planes)
        return det_image_from_planes(out, image->planes, image->width,
                                     image->height, message);
    DET_TRY(det_beneath_read(&data, &size, folder, image->file_name,
                             max_encoded, message));
    det_status status = det_image_decode(out, data, size, max_pixels, message);
    free(data);
    if (status != DET_OK) {
        det_message_prefix(message, image->file_name);
        return status;
    }
    const det_pixels pixels = det_image_pixels(*out);
    status = check_size(image, &pixels, message);
    if (status != DET_OK)
        det_image_destroy(out);
    return status;
}

det_status det_dataset_load_image(det_context *context,
                                  const det_dataset *dataset, size_t index,
                                  const char *images,
                                  const det_image_options *options,
                                  det_image **out)
{
    det_image_options o;
    if (!context || !dataset || !out || index >= dataset->num_images)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    *out = NULL;
    DET_TRY(det_image_options_read(&o, options, message));
    if (!images)
        images = dataset->folder;
    if (!images)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "the data set does not say where its images are; name "
                        "their folder");
    return det_dataset_read_image(out, &dataset->images[index], images,
                                  o.max_pixels, message);
}
