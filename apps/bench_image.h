/* SPDX-License-Identifier: MIT */
/* What each run looks at: a photo, decoded again each time, or a drawing that
 * is always the same. */
#ifndef APPS_BENCH_IMAGE_H
#define APPS_BENCH_IMAGE_H

#include <stdbool.h>

#include "detect/detect.h"

/* The numbers of --size: none with a photo. */
struct bench_size {
    int32_t height, width;
};

struct bench_image {
    const char *photo; /* its path, or NULL: drawn */
    const det_image_options *options;
    det_image *decoded;
    uint8_t *drawn;
    det_pixels pixels;
};

/* `photo` is a path, or NULL: `size` counts.  The pixels are there after
 * bench_image_read; false: out of memory. */
bool bench_image_open(struct bench_image *out, const char *photo,
                      const det_image_options *options,
                      const struct bench_size *size);
void bench_image_close(struct bench_image *image);

/* Decode the photo once more; `*seconds` is what that took, 0 of a drawing.
 * Message kept by `context`. */
det_status bench_image_read(struct bench_image *image, det_context *context,
                            double *seconds);

#endif
