/* SPDX-License-Identifier: MIT */
/*
 * COCO run-length masks: runs of 0 and 1 in turn, starting with 0 (whose first
 * run may be empty), down the columns, first column first.
 *
 * Reading goes through the public det_mask (a view): area, bytes and text are
 * det_mask_area, det_mask_decode and det_mask_text.  Source of the rules:
 * cocoapi common/maskApi.c; on valid masks the results are the same.
 */
#ifndef GEOMETRY_RLE_H
#define GEOMETRY_RLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

/* A mask that owns its runs.  Zeroed is a valid empty mask of 0 x 0. */
struct det_rle {
    int32_t width;
    int32_t height;
    size_t count;     /* number of runs */
    uint32_t *counts; /* [count]; they sum to width * height */
};

static inline det_mask det_rle_view(const struct det_rle *rle)
{
    return (det_mask){.width = rle->width,
                      .height = rle->height,
                      .count = rle->count,
                      .counts = rle->counts};
}

/* Frees the runs and zeroes *rle. */
void det_rle_destroy(struct det_rle *rle);

/* *out = width * height.  Both must be >= 0 (otherwise DET_ERROR_ARGUMENT) and
 * their product below 2^32, since a run may cover the mask (DET_ERROR_LIMIT).
 * The other functions of this header check by this one. */
det_status det_rle_count_pixels(uint64_t *out, int32_t width, int32_t height,
                                struct det_message *message);

/* ----------------------------------------------------------------- building */

/* Zero it before its first use; init it again for each mask: its memory is
 * kept, so that in the long run only det_rle_builder_finish allocates. */
struct det_rle_builder {
    int32_t width;
    int32_t height;
    size_t count;     /* runs so far, the last one still growing */
    size_t capacity;  /* of counts */
    uint32_t *counts; /* [capacity] */
    uint64_t left;    /* pixels not yet given */
};

/* Begin a mask of width x height pixels. */
det_status det_rle_builder_init(struct det_rle_builder *builder, int32_t width,
                                int32_t height, struct det_message *message);

/* The next `length` pixels down the columns are `value`; merged with the run
 * before when that has the same value.  DET_ERROR_ARGUMENT past the end of the
 * mask. */
det_status det_rle_builder_append(struct det_rle_builder *builder, bool value,
                                  uint64_t length, struct det_message *message);

/* Hand out the mask, its owner being the caller; pixels that were not given
 * are 0.  On failure *out is zeroed. */
det_status det_rle_builder_finish(struct det_rle *out,
                                  struct det_rle_builder *builder,
                                  struct det_message *message);

/* Frees the memory and zeroes *builder. */
void det_rle_builder_destroy(struct det_rle_builder *builder);

/* From 0 and non-0 bytes: height rows, `stride` bytes apart. */
det_status det_rle_encode(struct det_rle *out, const uint8_t *pixels,
                          size_t stride, int32_t width, int32_t height,
                          struct det_message *message);

/* ------------------------------------------------------------------ reading */

/* From COCO's compressed text of `length` bytes, which may come from anywhere:
 * bytes outside 48..111, runs of more than 7 bytes, a run that is negative or
 * longer than the mask, and a sum other than width * height are
 * DET_ERROR_FORMAT with the position.  On failure *out is zeroed. */
det_status det_rle_parse(struct det_rle *out, const char *text, size_t length,
                         int32_t width, int32_t height,
                         struct det_message *message);

/* From run lengths, e.g. those of an uncompressed COCO mask; copied.  Their
 * sum is checked. */
det_status det_rle_copy(struct det_rle *out, const det_mask *mask,
                        struct det_message *message);

struct det_rle_box {
    int32_t x, y, w, h; /* pixels; all 0 for a mask without foreground */
};

/* The smallest box around the foreground.  As in maskApi.c a run that goes on
 * in the next column counts as full height. */
struct det_rle_box det_rle_bounding_box(const det_mask *mask);

/* Pixels that are foreground in both masks, which are of one size. */
uint64_t det_rle_intersection(const det_mask *a, const det_mask *b);

/* Intersection over union, 0..1; 0 when nothing is shared, -1 when the boxes
 * of the masks overlap but their sizes differ.  With `is_crowd` the divisor is
 * the area of `detection` alone. */
double det_rle_iou(const det_mask *detection, const det_mask *truth,
                   bool is_crowd);

/* ------------------------------------------------------------------ merging */

enum det_rle_operation { DET_RLE_UNION, DET_RLE_INTERSECTION };

/* One mask of [count] masks, at least 1, all of one size (otherwise
 * DET_ERROR_ARGUMENT).  On failure *out is zeroed. */
det_status det_rle_merge(struct det_rle *out, const det_mask *masks,
                         size_t count, enum det_rle_operation operation,
                         struct det_message *message);

#endif
