/* SPDX-License-Identifier: MIT */
#include "datasets/save.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/text_writer.h"

static const struct {
    const char *name;
    const struct det_folder_format *format; /* NULL: one file */
} formats[] = {
    {"coco", NULL},
    {"voc", &det_voc_format},
    {"yolo", &det_yolo_format},
    {"yolo-seg", &det_yolo_seg_format},
    {"labelme", &det_labelme_format},
};

enum { FORMATS = sizeof formats / sizeof *formats };

const struct det_annotation *det_saving_object(struct det_saving *saving,
                                               size_t k)
{
    const struct det_dataset *dataset = saving->dataset;
    const struct det_annotation *a =
        &dataset->annotations[saving->groups->order[k]];
    bool is_whole = a->category != DET_NO_INDEX;
    for (int i = 0; i < 4; i++)
        is_whole = is_whole && isfinite(a->box[i]);
    saving->losses.annotations += !is_whole;
    return is_whole ? a : NULL;
}

/* ------------------------------------------------------- a file for each image
 */

static det_status save_image(struct det_saving *s,
                             const struct det_folder_format *format,
                             const char *folder, size_t image)
{
    struct det_text_writer writer;
    char *path;
    DET_TRY(det_output_path(&path, folder, format->sub_folder,
                            s->names->stems[image], format->extension,
                            s->message));
    det_status status =
        det_text_writer_open(&writer, path, s->overwrite, s->message);
    if (status == DET_OK)
        status = det_text_writer_close(
            &writer, format->write_image(s, writer.out, image));
    free(path);
    return status;
}

static det_status save_rest(struct det_saving *s,
                            const struct det_folder_format *format,
                            const char *folder)
{
    struct det_text_writer writer;
    char *path;
    if (!format->write_rest)
        return DET_OK;
    DET_TRY(det_output_folder(folder, format->rest_sub_folder, s->message));
    DET_TRY(det_output_path(&path, folder, format->rest_sub_folder,
                            format->rest_name, format->rest_extension,
                            s->message));
    det_status status =
        det_text_writer_open(&writer, path, s->overwrite, s->message);
    if (status == DET_OK) {
        format->write_rest(s, writer.out);
        status = det_text_writer_close(&writer, DET_OK);
    }
    free(path);
    return status;
}

/* Before anything is written: half a conversion helps nobody. */
static det_status refuse_existing(struct det_saving *s,
                                  const struct det_folder_format *format,
                                  const char *folder)
{
    det_status status = DET_OK;
    for (size_t i = 0; i < s->dataset->num_images && status == DET_OK; i++) {
        char *path;
        if (!det_saving_has(s, i))
            continue;
        DET_TRY(det_output_path(&path, folder, format->sub_folder,
                                s->names->stems[i], format->extension,
                                s->message));
        status = det_refuse_existing(path, s->overwrite, s->message);
        free(path);
    }
    return status;
}

static det_status save_folder(struct det_saving *s,
                              const struct det_folder_format *format,
                              const char *folder)
{
    struct det_output_names names;
    DET_TRY(det_output_names_init(&names, s->dataset, s->message));
    s->names = &names;
    det_status status = refuse_existing(s, format, folder);
    if (status == DET_OK)
        status = det_output_folder(folder, format->sub_folder, s->message);
    if (status == DET_OK)
        status = save_rest(s, format, folder);
    for (size_t i = 0; i < s->dataset->num_images && status == DET_OK; i++)
        if (det_saving_has(s, i))
            status = save_image(s, format, folder, i);
    det_output_names_destroy(&names);
    return status;
}

/* --------------------------------------------------------------------- both */

static det_status find_format(size_t *out, const char *name,
                              struct det_message *message)
{
    for (*out = 0; *out < FORMATS; (*out)++)
        if (strcmp(formats[*out].name, name) == 0)
            return DET_OK;
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "\"%s\" is not a format that can be written: coco, voc, "
                    "yolo, yolo-seg, labelme",
                    name);
}

static size_t count_unplaced(const struct det_dataset *dataset)
{
    size_t count = 0;
    for (size_t i = 0; i < dataset->num_annotations; i++)
        count += dataset->annotations[i].image == DET_NO_INDEX;
    return count;
}

det_status det_save_dataset(const struct det_dataset *dataset, const char *path,
                            const det_dataset_save_options *options,
                            det_dataset_losses *losses,
                            struct det_message *message)
{
    struct det_image_groups groups;
    struct det_saving saving = {.dataset = dataset,
                                .chosen = options->images,
                                .groups = &groups,
                                .overwrite = options->overwrite != 0,
                                .message = message};
    size_t format;
    DET_TRY(find_format(&format, options->format ? options->format : "coco",
                        message));
    DET_TRY(det_image_groups_init(&groups, dataset, message));
    saving.losses.annotations = count_unplaced(dataset);
    const det_status status =
        formats[format].format
            ? save_folder(&saving, formats[format].format, path)
            : det_coco_write(&saving, path);
    det_image_groups_destroy(&groups);
    det_segmentation_scratch_destroy(&saving.scratch);
    *losses = saving.losses;
    return status;
}
