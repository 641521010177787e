/* SPDX-License-Identifier: MIT */
#include "detector/views.h"

#include <string.h>

enum { MOST_VIEWS = 10, LONGEST = 32 };

struct view {
    int32_t y, x; /* corner in the image */
    bool mirrored;
};

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

/* Half of it, rounded to even as Python's round() does. */
static int32_t half_of(int32_t room)
{
    const int32_t half = room / 2;
    return room % 2 ? half + half % 2 : half;
}

/* torchvision transforms/functional.py center_crop, five_crop and ten_crop. */
static int32_t list_views(struct view list[MOST_VIEWS], det_views views,
                          int32_t y, int32_t x)
{
    const struct view middle = {half_of(y), half_of(x), false};
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

det_status det_views_cut(struct det_compute *compute, struct det_tensor *out,
                         const struct det_tensor *image, det_views views,
                         int32_t side)
{
    struct view list[MOST_VIEWS];
    const int32_t h = views == DET_VIEWS_FULL ? image->h : side;
    const int32_t w = views == DET_VIEWS_FULL ? image->w : side;
    const int32_t count = list_views(list, views, image->h - h, image->w - w);
    DET_TRY(det_tensor_take(compute, out, count, h, w, image->c));
    for (int32_t i = 0; !det_planning(compute) && i < count; i++)
        copy_view(out->data + i * det_tensor_stride(out), image, &list[i], h,
                  w);
    return DET_OK;
}
