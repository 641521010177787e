/* SPDX-License-Identifier: MIT */
#include "image/orient.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Where the upright picture's first pixel lies in the stored one, and the
 * steps along its row and column, in pixels. */
struct walk {
    int64_t origin, along_x, along_y;
    int32_t width, height; /* of the upright picture */
};

static struct walk walk_for(int orientation, int32_t w, int32_t h)
{
    const int64_t right = w - 1, bottom = (int64_t)(h - 1) * w;
    switch (orientation) {
    case 2: /* mirrored left to right */
        return (struct walk){right, -1, w, w, h};
    case 3: /* upside down */
        return (struct walk){bottom + right, -1, -w, w, h};
    case 4: /* mirrored top to bottom */
        return (struct walk){bottom, 1, -w, w, h};
    case 5: /* mirrored along the main diagonal */
        return (struct walk){0, w, 1, h, w};
    case 6: /* to be turned clockwise */
        return (struct walk){bottom, -w, 1, h, w};
    case 7: /* mirrored along the other diagonal */
        return (struct walk){bottom + right, -w, -1, h, w};
    default: /* 8: to be turned counter-clockwise */
        return (struct walk){right, w, -1, h, w};
    }
}

det_status det_image_orient(struct det_image *image, int orientation,
                            struct det_message *message)
{
    if (orientation < 2 || orientation > 8)
        return DET_OK;
    det_pixels *p = &image->pixels;
    const struct walk walk = walk_for(orientation, p->width, p->height);
    uint8_t *upright;
    DET_TRY(det_allocate(&upright, (size_t)p->width * (size_t)p->height, 3,
                         message));
    uint8_t *out = upright;
    for (int32_t y = 0; y < walk.height; y++) {
        const uint8_t *in = image->data + (walk.origin + y * walk.along_y) * 3;
        for (int32_t x = 0; x < walk.width; x++, out += 3)
            memcpy(out, in + x * walk.along_x * 3, 3);
    }
    free(image->data);
    image->data = upright;
    *p = (det_pixels){.data = upright,
                      .width = walk.width,
                      .height = walk.height,
                      .stride = (size_t)walk.width * 3,
                      .format = DET_PIXEL_RGB8};
    return DET_OK;
}
