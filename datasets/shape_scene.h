/* SPDX-License-Identifier: MIT */
/*
 * Pictures that nobody has to label: shapes and glyphs on textured grounds,
 * over each other, in a light that falls from one side, with shadows, blur
 * and noise.  Masks are exact: what can be seen of an object, where it covers
 * more than half of a pixel.
 */
#ifndef DATASETS_SHAPE_SCENE_H
#define DATASETS_SHAPE_SCENE_H

#include "geometry/rle.h"

struct det_shape_scene_config {
    uint64_t seed;
    int32_t width, height;            /* pixels */
    int32_t min_objects, max_objects; /* fewer where there is no room */
};

struct det_shape_object {
    size_t shape;        /* see datasets/shape_outline.h */
    struct det_rle mask; /* of the whole picture */
};

struct det_shape_scene {
    uint8_t *pixels; /* [height, width, 3], red, green, blue */
    struct det_shape_object *objects;
    size_t count;
};

/* Scene `index` of a seed: the same wherever and whenever it is made. */
det_status det_shape_scene_make(struct det_shape_scene *out,
                                const struct det_shape_scene_config *config,
                                uint64_t index, struct det_message *message);
void det_shape_scene_destroy(struct det_shape_scene *scene);

#endif
