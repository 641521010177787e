/* SPDX-License-Identifier: MIT */
/* Data sets to files, by a table of formats. */
#ifndef DATASETS_SAVE_H
#define DATASETS_SAVE_H

#include "datasets/output_names.h"
#include "detect/data.h"

/* What the formats' functions get. */
struct det_saving {
    const struct det_dataset *dataset;
    const uint8_t *chosen; /* images that are written; NULL: all */
    const struct det_image_groups *groups;
    const struct det_output_names *names; /* NULL for a format of one file */
    bool overwrite;
    det_dataset_losses losses;
    struct det_segmentation_scratch scratch;
    struct det_message *message;
};

static inline bool det_saving_has(const struct det_saving *saving, size_t image)
{
    return !saving->chosen || saving->chosen[image];
}

/* A format of one file for each image, and maybe others beside them. */
struct det_folder_format {
    const char *sub_folder, *extension;
    det_status (*write_image)(struct det_saving *saving, FILE *out,
                              size_t image);
    const char *rest_sub_folder, *rest_name, *rest_extension; /* or NULL */
    void (*write_rest)(struct det_saving *saving, FILE *out);
};

/* Object `k` of an image, or NULL, counted as lost, when its category is
 * unknown or it has no finite box. */
const struct det_annotation *det_saving_object(struct det_saving *saving,
                                               size_t k);

/* The format "coco", of one file. */
det_status det_coco_write(struct det_saving *saving, const char *path);

extern const struct det_folder_format det_voc_format, det_yolo_format,
    det_yolo_seg_format, det_labelme_format;

/* See det_dataset_save in detect/data.h.  Format NULL is "coco". */
det_status det_save_dataset(const struct det_dataset *dataset, const char *path,
                            const det_dataset_save_options *options,
                            det_dataset_losses *losses,
                            struct det_message *message);

#endif
