/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_paste.h"

#include <math.h>
#include <string.h>

#include "geometry/opencv_tap.h"

enum { MAX_SIDE = 62, MAX_PADDED = MAX_SIDE + 2 };

/* The small mask with a border of zeros, which both rules interpolate into. */
struct padded_mask {
    float value[MAX_PADDED][MAX_PADDED]; /* [row][column] */
    int32_t side;
};

/* How pixels of one axis of the photo fall onto the padded mask. */
struct paste_axis {
    enum det_paste_rule rule;
    int32_t begin, end;   /* pixels of the photo that are touched */
    float origin;         /* torchvision: where the resized mask begins */
    float scale;          /* torchvision: mask places per pixel */
    float low, high;      /* Detectron2: the box's sides */
    int32_t padded;       /* places of the padded mask */
};

struct sample {
    int32_t index;  /* first of two neighbouring places */
    float fraction; /* weight of the second */
};

static void pad_mask(struct padded_mask *out, const struct det_small_mask *mask)
{
    memset(out, 0, sizeof *out);
    out->side = mask->side + 2;
    for (int32_t y = 0; y < mask->side; y++)
        memcpy(&out->value[y + 1][1], mask->data + (size_t)y * mask->side,
               (size_t)mask->side * sizeof(float));
}

/* 0..limit; NaN becomes 0. */
static int32_t clamp_pixel(float pixel, int32_t limit)
{
    if (!(pixel > 0.0f))
        return 0;
    return pixel < (float)limit ? (int32_t)pixel : limit;
}

/* float32 in the order of torchvision's expand_boxes; .to(int64) truncates. */
static struct paste_axis torchvision_axis(float low, float high, int32_t side,
                                          int32_t limit)
{
    const float growth = (float)(side + 2) / (float)side;
    const float half = (high - low) * 0.5f * growth;
    const float centre = (high + low) * 0.5f;
    const float first = truncf(centre - half), last = truncf(centre + half);
    const float size = fmaxf(last - first + 1.0f, 1.0f);
    return (struct paste_axis){.rule = DET_PASTE_TORCHVISION,
                               .begin = clamp_pixel(first, limit),
                               .end = clamp_pixel(last + 1.0f, limit),
                               .origin = first,
                               .scale = (float)(side + 2) / size,
                               .padded = side + 2};
}

static struct paste_axis detectron2_axis(float low, float high, int32_t side,
                                         int32_t limit)
{
    return (struct paste_axis){.rule = DET_PASTE_DETECTRON2,
                               .begin = clamp_pixel(floorf(low) - 1.0f, limit),
                               .end = clamp_pixel(ceilf(high) + 1.0f, limit),
                               .low = low,
                               .high = high,
                               .padded = side + 2};
}

/* Boxes of whole pixels, as mask voting makes them. */
static struct paste_axis mnc_axis(float low, float high, int32_t side,
                                  int32_t limit)
{
    return (struct paste_axis){.rule = DET_PASTE_MNC,
                               .begin = clamp_pixel(rintf(low), limit),
                               .end = clamp_pixel(rintf(high), limit),
                               .padded = side + 2};
}

typedef struct paste_axis (*axis_fn)(float low, float high, int32_t side,
                                     int32_t limit);

static axis_fn axis_of(enum det_paste_rule rule)
{
    switch (rule) {
    case DET_PASTE_TORCHVISION:
        return torchvision_axis;
    case DET_PASTE_DETECTRON2:
        return detectron2_axis;
    case DET_PASTE_MNC:
        break;
    }
    return mnc_axis;
}

/* Source coordinate of a pixel on the padded mask. */
static float source_of(const struct paste_axis *axis, int32_t pixel)
{
    if (axis->rule == DET_PASTE_TORCHVISION)
        return axis->scale * ((float)pixel - axis->origin + 0.5f) - 0.5f;
    /* grid_sample without align_corners, and one place of border */
    const float grid = ((float)pixel + 0.5f - axis->low) /
                           (axis->high - axis->low) * 2.0f -
                       1.0f;
    const float side = (float)(axis->padded - 2);
    return ((grid + 1.0f) * side - 1.0f) * 0.5f + 1.0f;
}

/* OpenCV repeats the last place at the border: the padding is not seen. */
static struct sample mnc_sample(const struct paste_axis *axis, int32_t pixel)
{
    const struct det_opencv_tap tap = det_opencv_tap_of(
        pixel - axis->begin, axis->padded - 2, axis->end - axis->begin);
    return (struct sample){.index = tap.low + 1,
                           .fraction = tap.high > tap.low ? tap.weight : 0.0f};
}

static struct sample sample_at(const struct paste_axis *axis, int32_t pixel)
{
    if (axis->rule == DET_PASTE_MNC)
        return mnc_sample(axis, pixel);
    const float last = (float)(axis->padded - 1);
    float source = source_of(axis, pixel);
    source = source > 0.0f ? source : 0.0f;
    source = source < last ? source : last;
    int32_t index = (int32_t)source;
    if (index > axis->padded - 2)
        index = axis->padded - 2;
    return (struct sample){.index = index, .fraction = source - (float)index};
}

static void interpolate_column(float column[MAX_PADDED],
                               const struct padded_mask *mask,
                               struct sample at)
{
    for (int32_t y = 0; y < mask->side; y++)
        column[y] = (1.0f - at.fraction) * mask->value[y][at.index] +
                    at.fraction * mask->value[y][at.index + 1];
}

static bool pixel_set(const float column[MAX_PADDED],
                      const struct paste_axis *rows, int32_t y)
{
    const struct sample at = sample_at(rows, y);
    const float value = (1.0f - at.fraction) * column[at.index] +
                        at.fraction * column[at.index + 1];
    switch (rows->rule) {
    case DET_PASTE_TORCHVISION:
        return value > 0.5f;
    case DET_PASTE_DETECTRON2:
        return value >= 0.5f;
    case DET_PASTE_MNC:
        break;
    }
    return value >= 0.4f;
}

/* One column of the photo: zeros, runs inside the box, zeros. */
static det_status paste_column(struct det_rle_builder *builder,
                               const float column[MAX_PADDED],
                               const struct paste_axis *rows, int32_t height,
                               struct det_message *message)
{
    DET_TRY(det_rle_builder_append(builder, false, (uint64_t)rows->begin,
                                   message));
    for (int32_t y = rows->begin; y < rows->end;) {
        const bool value = pixel_set(column, rows, y);
        int32_t end = y + 1;
        while (end < rows->end && pixel_set(column, rows, end) == value)
            end++;
        DET_TRY(det_rle_builder_append(builder, value, (uint64_t)(end - y),
                                       message));
        y = end;
    }
    return det_rle_builder_append(builder, false,
                                  (uint64_t)(height - rows->end), message);
}

static det_status paste_columns(struct det_rle_builder *builder,
                                const struct padded_mask *mask,
                                const struct paste_axis *columns,
                                const struct paste_axis *rows, int32_t height,
                                struct det_message *message)
{
    if (rows->begin >= rows->end)
        return DET_OK; /* what is not given is 0 */
    DET_TRY(det_rle_builder_append(
        builder, false, (uint64_t)columns->begin * (uint64_t)height, message));
    for (int32_t x = columns->begin; x < columns->end; x++) {
        float column[MAX_PADDED];
        interpolate_column(column, mask, sample_at(columns, x));
        DET_TRY(paste_column(builder, column, rows, height, message));
    }
    return DET_OK;
}

det_status det_mask_paste(struct det_rle *out, struct det_rle_builder *builder,
                          const struct det_small_mask *mask,
                          enum det_paste_rule rule, int32_t width,
                          int32_t height, struct det_message *message)
{
    if (mask->side < 1 || mask->side > MAX_SIDE)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "a mask of %d places a side; 1 to %d are possible",
                        mask->side, MAX_SIDE);
    struct padded_mask padded;
    pad_mask(&padded, mask);
    const struct det_box *box = &mask->box;
    const axis_fn axis = axis_of(rule);
    const struct paste_axis columns =
        axis(box->x1, box->x2, mask->side, width);
    const struct paste_axis rows = axis(box->y1, box->y2, mask->side, height);
    DET_TRY(det_rle_builder_init(builder, width, height, message));
    DET_TRY(paste_columns(builder, &padded, &columns, &rows, height, message));
    return det_rle_builder_finish(out, builder, message);
}
