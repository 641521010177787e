/* SPDX-License-Identifier: MIT */
/* Polygons of other formats as COCO's text, which data sets keep. */
#ifndef DATASETS_OUTLINE_TEXT_H
#define DATASETS_OUTLINE_TEXT_H

#include <stdio.h>

#include "datasets/dataset.h"

/* Zeroed before its first use; used again for object after object. */
struct det_outline_text {
    FILE *stream; /* into `text` */
    char *text;
    size_t size;
    size_t parts;
    struct det_segmentation_scratch scratch;
};

det_status det_outline_text_begin(struct det_outline_text *outline,
                                  struct det_message *message);
/* One polygon of (x, y) pairs in pixels. */
void det_outline_text_part(struct det_outline_text *outline, const double *xy,
                           size_t points);

/* Give the annotation its segmentation, kept by the data set, and the area of
 * the mask drawn in the image's size; 0 for one that cannot be drawn. */
det_status det_outline_text_end(struct det_outline_text *outline,
                                struct det_dataset *dataset,
                                struct det_annotation *annotation,
                                const struct det_data_image *image,
                                struct det_message *message);

void det_outline_text_destroy(struct det_outline_text *outline);

#endif
