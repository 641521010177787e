/* SPDX-License-Identifier: MIT */
/* Data sets of generated scenes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/dataset.h"
#include "datasets/shape_outline.h"
#include "datasets/shape_scene.h"
#include "detect/data.h"
#include "detector/context.h"

enum { LEAST_SIDE = 32, LARGEST_SIDE = 8192, MOST_OBJECTS = 100 };

void det_scene_options_init(det_scene_options *options)
{
    *options = (det_scene_options){.struct_size = sizeof *options,
                                   .width = 320,
                                   .height = 320,
                                   .min_objects = 3,
                                   .max_objects = 9};
}

static bool in_range(int32_t value, int32_t low, int32_t high)
{
    return value >= low && value <= high;
}

static det_status read_options(det_scene_options *out,
                               const det_scene_options *options,
                               struct det_message *message)
{
    det_scene_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "scene options of %zu bytes; this library knows %zu: "
                        "call det_scene_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    if (in_range(out->width, LEAST_SIDE, LARGEST_SIDE) &&
        in_range(out->height, LEAST_SIDE, LARGEST_SIDE) &&
        in_range(out->min_objects, 0, MOST_OBJECTS) &&
        in_range(out->max_objects, out->min_objects, MOST_OBJECTS))
        return DET_OK;
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "scenes of %d x %d with %d to %d objects; sides are %d to "
                    "%d, objects at most %d",
                    out->width, out->height, out->min_objects, out->max_objects,
                    LEAST_SIDE, LARGEST_SIDE, MOST_OBJECTS);
}

struct scenes {
    det_dataset *out;
    const det_scene_options *options;
    struct det_shape_scene_config config;
    struct det_message *message;
};

static det_status add_categories(struct scenes *s)
{
    for (size_t i = 0; i < det_shape_count(); i++) {
        const struct det_data_category category = {.id = (int64_t)i + 1,
                                                   .name = det_shape_name(i),
                                                   .supercategory = "shape"};
        DET_TRY(det_dataset_add_category(s->out, &category, s->message));
    }
    return DET_OK;
}

/* ----------------------------------------------------------------- pictures */

/* [height, width, 3] as the planes that a data set keeps. */
static det_status keep_planes(struct scenes *s, const uint8_t **out,
                              const uint8_t *pixels)
{
    const size_t count = (size_t)s->config.width * (size_t)s->config.height;
    uint8_t *planes;
    DET_TRY(det_allocate(&planes, 3 * count, 1, s->message));
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++)
            planes[c * count + i] = pixels[3 * i + c];
    *out = planes;
    return det_dataset_keep_block(s->out, planes, s->message);
}

static det_status show_picture(struct scenes *s, const char *name,
                               const uint8_t *pixels)
{
    const det_pixels view = {.data = pixels,
                             .width = s->config.width,
                             .height = s->config.height,
                             .stride = 3 * (size_t)s->config.width,
                             .format = DET_PIXEL_RGB8};
    if (s->options->picture(s->options->user, name, &view) == 0)
        return DET_OK;
    return det_fail(s->message, DET_ERROR_CANCELLED, "%s: the caller stopped",
                    name);
}

static det_status add_picture(struct scenes *s, int64_t id,
                              const struct det_shape_scene *scene)
{
    char name[64];
    struct det_data_image image = {.id = id,
                                   .width = s->config.width,
                                   .height = s->config.height,
                                   .file_name = name};
    snprintf(name, sizeof name, "scene-%06lld.jpg", (long long)id);
    if (s->options->picture)
        DET_TRY(show_picture(s, name, scene->pixels));
    else
        DET_TRY(keep_planes(s, &image.planes, scene->pixels));
    return det_dataset_add_image(s->out, &image, s->message);
}

/* ------------------------------------------------------------------ objects */

static det_status add_object(struct scenes *s, int64_t image,
                             const struct det_shape_object *object)
{
    const det_mask mask = det_rle_view(&object->mask);
    const struct det_rle_box box = det_rle_bounding_box(&mask);
    struct det_annotation a = {.id = (int64_t)s->out->num_annotations + 1,
                               .image_id = image,
                               .category_id = (int64_t)object->shape + 1,
                               .box = {box.x, box.y, box.w, box.h},
                               .area = (double)det_mask_area(&mask)};
    DET_TRY(det_segmentation_keep(&a.segmentation, &s->out->texts, &mask,
                                  s->message));
    return det_dataset_add_annotation(s->out, &a, s->message);
}

static det_status add_scene(struct scenes *s, uint64_t number)
{
    struct det_shape_scene scene;
    const int64_t id = (int64_t)number + 1;
    DET_TRY(det_shape_scene_make(&scene, &s->config, number, s->message));
    det_status status = add_picture(s, id, &scene);
    for (size_t i = 0; status == DET_OK && i < scene.count; i++)
        status = add_object(s, id, &scene.objects[i]);
    det_shape_scene_destroy(&scene);
    return status;
}

static det_status make_all(struct scenes *s, size_t count)
{
    DET_TRY(add_categories(s));
    for (size_t i = 0; i < count; i++)
        DET_TRY(add_scene(s, s->options->first + i));
    det_dataset_finish(s->out);
    DET_TRY(det_image_groups_init(&s->out->groups, s->out, s->message));
    return s->options->picture
               ? DET_OK
               : det_text_pool_add(&s->out->texts, &s->out->folder, "", 0,
                                   s->message);
}

det_status det_scenes_make(det_context *context,
                           const det_scene_options *options, size_t count,
                           det_dataset **out)
{
    if (!context || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_scene_options effective;
    *out = NULL;
    DET_TRY(read_options(&effective, options, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    struct scenes s = {.out = *out,
                       .options = &effective,
                       .config = {.seed = effective.seed,
                                  .width = effective.width,
                                  .height = effective.height,
                                  .min_objects = effective.min_objects,
                                  .max_objects = effective.max_objects},
                       .message = message};
    const det_status status = make_all(&s, count);
    if (status != DET_OK)
        det_dataset_destroy(out);
    return status;
}
