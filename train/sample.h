/* SPDX-License-Identifier: MIT */
/* One image on its way into a batch, with what is to be learned from it. */
#ifndef TRAIN_SAMPLE_H
#define TRAIN_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"
#include "geometry/box.h"

/* One object.  Its mask has the sample's size. */
struct det_sample_object {
    struct det_box box; /* pixels of the sample */
    int32_t label;      /* place of its category */
    uint8_t *mask;      /* [height, width] of 0 and 1, or NULL */
    int is_crowd;
};

struct det_sample {
    size_t image; /* place in the data set */
    int32_t height, width;
    uint8_t *pixels;                   /* [height, width, 3], RGB */
    int32_t label;                     /* of the whole image; -1: none */
    struct det_sample_object *objects; /* [num_objects] */
    size_t num_objects;
};

static inline struct det_extent det_sample_extent(const struct det_sample *s)
{
    return (struct det_extent){(float)s->width, (float)s->height};
}

/* Pixels of the size given; the rest is 0. */
det_status det_sample_create(struct det_sample *out, int32_t height,
                             int32_t width, struct det_message *message);
void det_sample_destroy(struct det_sample *sample);

#endif
