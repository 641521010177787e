/* SPDX-License-Identifier: MIT */
/*
 * A data set of detection or instance segmentation: images, categories and
 * annotations, whatever format they came in.  Nothing is judged here:
 * annotations of unknown images stay and say so, for datasets/check.h to
 * explain.
 */
#ifndef DATASETS_DATASET_H
#define DATASETS_DATASET_H

#include <stdbool.h>

#include "base/file.h"
#include "datasets/id_index.h"
#include "datasets/image_groups.h"
#include "datasets/segmentation.h"
#include "datasets/text_pool.h"

struct det_data_image {
    int64_t id;
    int32_t width, height; /* pixels; 0 when the file does not say */
    const char *file_name; /* "" when it does not say */
    /* [3, height, width] red, green, blue in a block of the data set; NULL:
     * the pixels are those of the file */
    const uint8_t *planes;
    /* LVIS: lists of category ids as the file has them; size 0: none */
    struct det_json_span negative, not_exhaustive;
};

struct det_data_category {
    int64_t id;
    const char *name;
    const char *supercategory; /* "" when there is none */
    char frequency;            /* LVIS: 'r', 'c', 'f'; 0: not said */
};

struct det_annotation {
    int64_t id;
    int64_t image_id, category_id; /* as the file has them */
    uint32_t image, category;      /* places in the arrays, or DET_NO_INDEX */
    double box[4];                 /* x, y, w, h in pixels; NaN: none, as in
                                      classification */
    double area;                   /* pixels; NaN when the file does not say */
    bool is_crowd;
    bool is_difficult; /* PASCAL VOC's */
    bool is_ignored;   /* "ignore", which COCOeval does not heed */
    struct det_segmentation segmentation;
};

enum { DET_REPEATED_KEPT = 8 };

/* Ids that occur again; the first image or category of an id is the one that
 * counts. */
struct det_repeated_ids {
    size_t count;
    int64_t first[DET_REPEATED_KEPT];
};

struct det_dataset {
    struct det_data_image *images;
    size_t num_images, image_capacity;
    struct det_data_category *categories;
    size_t num_categories, category_capacity;
    struct det_annotation *annotations;
    size_t num_annotations, annotation_capacity;
    struct det_id_index image_index, category_index;
    struct det_repeated_ids repeated_images, repeated_categories;
    struct det_image_groups groups; /* empty until somebody asks for it */
    const char *folder;             /* NULL: the images are elsewhere */
    struct det_text_pool texts;
    struct det_mapping mapping; /* what segmentations point into */
    void **blocks;              /* [num_blocks], freed with it */
    size_t num_blocks;
};

/* ----------------------------------------------------------------- building */

/* Append.  Texts are copied.  One whose id is there already is only noted,
 * see det_dataset_refuse_repeated. */
det_status det_dataset_add_image(struct det_dataset *dataset,
                                 const struct det_data_image *image,
                                 struct det_message *message);
det_status det_dataset_add_category(struct det_dataset *dataset,
                                    const struct det_data_category *category,
                                    struct det_message *message);
/* `image` and `category` are found by det_dataset_finish. */
det_status det_dataset_add_annotation(struct det_dataset *dataset,
                                      const struct det_annotation *annotation,
                                      struct det_message *message);

/* `block` (from malloc) is freed with the data set, or at once on failure. */
det_status det_dataset_keep_block(struct det_dataset *dataset, void *block,
                                  struct det_message *message);

/* Find the annotations' images and categories by their ids. */
void det_dataset_finish(struct det_dataset *dataset);

/* DET_ERROR_DATASET when ids of images or categories occur twice: all but
 * datasets/check.h stop at that. */
det_status det_dataset_refuse_repeated(const struct det_dataset *dataset,
                                       struct det_message *message);

/* The place of the first category of this name, or DET_NO_INDEX. */
uint32_t det_dataset_category_named(const struct det_dataset *dataset,
                                    const char *name);

/* Classes of whole images: there are annotations, and none has a box, an area
 * or a mask. */
bool det_dataset_lacks_boxes(const struct det_dataset *dataset);

void det_dataset_clear(struct det_dataset *dataset);

#endif
