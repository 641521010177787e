/* SPDX-License-Identifier: MIT */
#include "detector/views.h"

#include <string.h>

#include "compute/resize.h"

enum {
    FULL_VIEWS = 2,
    MOST_VIEWS = 10,
    LONGEST = 32,
    LEAST_SCALE = 8,
    MOST_SCALE = 4096
};

/* Those of small pictures, CIFAR's, are not scaled. */
enum { SMALL_CROP = 32 };

static const int32_t full_scales[] = {224, 256, 384, 480, 640};

struct view {
    int32_t y, x; /* corner in the image */
    bool mirrored;
};

static det_status check_scales(const int32_t *scales, size_t count,
                               int32_t least, struct det_message *message)
{
    if (count < 1 || count > DET_MOST_VIEW_SCALES)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%zu scales; 1 to %d are possible", count,
                        DET_MOST_VIEW_SCALES);
    for (size_t i = 0; i < count; i++)
        if (scales[i] < least || scales[i] > MOST_SCALE)
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "a scale of %d pixels; %d to %d are possible",
                            scales[i], least, MOST_SCALE);
    return DET_OK;
}

det_status det_view_scales_choose(struct det_view_scales *out,
                                  const struct det_preset *preset,
                                  det_views views, const int32_t *asked,
                                  size_t count, struct det_message *message)
{
    const bool full = views == DET_VIEWS_FULL;
    if (!asked && full && preset->crop_size > SMALL_CROP) {
        asked = full_scales;
        count = sizeof full_scales / sizeof full_scales[0];
    } else if (!asked) {
        asked = &preset->min_size;
        count = 1;
    }
    DET_TRY(check_scales(asked, count, full ? LEAST_SCALE : preset->crop_size,
                         message));
    memcpy(out->sides, asked, count * sizeof *asked);
    out->count = count;
    return DET_OK;
}

det_status det_view_resize(struct det_compute *compute, struct det_tensor *out,
                           const struct det_preset *preset,
                           const det_pixels *pixels, struct det_view_size size)
{
    struct det_resize op = {.kind = DET_RESIZE_PILLOW,
                            .pixels = *pixels,
                            .resized_h = size.h,
                            .resized_w = size.w,
                            .bgr = preset->bgr,
                            .unit = preset->unit};
    memcpy(op.mean, preset->mean, sizeof op.mean);
    memcpy(op.std, preset->std, sizeof op.std);
    DET_TRY(det_resize(compute, &op, size.h, size.w));
    *out = op.out;
    return DET_OK;
}

struct det_view_size det_view_size_for(int32_t scale, int32_t height,
                                       int32_t width)
{
    const bool upright = height > width;
    const int64_t shorter = upright ? width : height;
    const int64_t longer = upright ? height : width;
    int64_t side = (int64_t)scale * longer / shorter;
    if (side > (int64_t)LONGEST * scale)
        side = (int64_t)LONGEST * scale;
    return upright ? (struct det_view_size){(int32_t)side, scale}
                   : (struct det_view_size){scale, (int32_t)side};
}

int32_t det_view_middle(int32_t room)
{
    const int32_t half = room / 2;
    return room % 2 ? half + half % 2 : half;
}

/* torchvision transforms/functional.py center_crop, five_crop and ten_crop. */
static int32_t list_views(struct view list[MOST_VIEWS], det_views views,
                          int32_t y, int32_t x)
{
    const struct view middle = {det_view_middle(y), det_view_middle(x), false};
    const struct view corners[] = {
        {0, 0, false}, {0, x, false}, {y, 0, false}, {y, x, false}, middle};
    int32_t count = 0;
    if (views == DET_VIEWS_CENTER)
        list[count++] = middle;
    if (views == DET_VIEWS_TEN)
        while (count < 5) {
            list[count] = corners[count];
            count++;
        }
    if (views == DET_VIEWS_FULL)
        list[count++] = (struct view){0, 0, false};
    if (views == DET_VIEWS_CENTER)
        return count;
    for (int32_t i = 0; i < count; i++) {
        list[count + i] = list[i];
        list[count + i].mirrored = true;
    }
    return 2 * count;
}

static void copy_row(float *out, const float *in, int32_t places, int32_t c,
                     bool mirrored)
{
    if (!mirrored) {
        memcpy(out, in, (size_t)places * (size_t)c * sizeof *out);
        return;
    }
    for (int32_t x = 0; x < places; x++)
        memcpy(out + (int64_t)x * c, in + (int64_t)(places - 1 - x) * c,
               (size_t)c * sizeof *out);
}

static void copy_view(float *out, const struct det_tensor *image,
                      const struct view *view, int32_t h, int32_t w)
{
    const int32_t c = image->c;
    for (int32_t y = 0; y < h; y++)
        copy_row(out + (int64_t)y * w * c,
                 image->data +
                     ((int64_t)(view->y + y) * image->w + view->x) * c,
                 w, c, view->mirrored);
}

int32_t det_view_count(det_views views)
{
    return views == DET_VIEWS_TEN    ? MOST_VIEWS
           : views == DET_VIEWS_FULL ? FULL_VIEWS
                                     : 1;
}

det_status det_views_take(struct det_compute *compute, struct det_tensor *out,
                          int32_t images, det_views views,
                          struct det_view_size size, int32_t side)
{
    const bool full = views == DET_VIEWS_FULL;
    return det_host_tensor_take(compute, out, images * det_view_count(views),
                                full ? size.h : side, full ? size.w : side, 3);
}

det_status det_views_copy(struct det_compute *compute,
                          const struct det_tensor *out, int32_t index,
                          const struct det_tensor *image, det_views views)
{
    struct view list[MOST_VIEWS];
    const int32_t count =
        list_views(list, views, image->h - out->h, image->w - out->w);
    struct det_tensor source;
    DET_TRY(det_host_view_take(compute, &source, image));
    DET_TRY(det_wait(compute));
    for (int32_t i = 0; !det_planning(compute) && i < count; i++)
        copy_view(out->data +
                      ((int64_t)index * count + i) * det_tensor_stride(out),
                  &source, &list[i], out->h, out->w);
    det_host_view_give(compute, &source);
    return DET_OK;
}

det_status det_views_cut(struct det_compute *compute, struct det_tensor *out,
                         const struct det_tensor *image, det_views views,
                         int32_t side)
{
    const struct det_view_size size = {image->h, image->w};
    DET_TRY(det_views_take(compute, out, 1, views, size, side));
    DET_TRY(det_views_copy(compute, out, 0, image, views));
    DET_TRY(det_tensor_move_to_device(compute, out));
    return det_tensor_round(compute, out);
}
