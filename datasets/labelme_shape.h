/* SPDX-License-Identifier: MIT */
/* One shape of a LabelMe file. */
#ifndef DATASETS_LABELME_SHAPE_H
#define DATASETS_LABELME_SHAPE_H

#include "base/json_reader.h"

enum det_shape_kind {
    DET_SHAPE_POLYGON,
    DET_SHAPE_RECTANGLE,
    DET_SHAPE_CIRCLE,
    DET_SHAPE_MASK,
    DET_SHAPE_OTHER /* points and lines */
};

struct det_labelme_shape {
    enum det_shape_kind kind;
    char *label;
    int64_t group; /* -1: none */
    double *xy;    /* [2 * points], pixels */
    size_t points;
    struct det_json_span mask; /* base64, valid as long as the file's text */
    double box[4];             /* "bbox"; NaN: none */
    double area;               /* "area"; NaN: none */
    bool is_crowd, is_difficult;
};

/* On failure nothing is to be destroyed. */
det_status det_labelme_shape_read(struct det_labelme_shape *out,
                                  struct det_json_reader *reader);
void det_labelme_shape_destroy(struct det_labelme_shape *shape);

#endif
