/* SPDX-License-Identifier: MIT */
/* One image: decoded, looked at, printed, drawn. */
#ifndef APPS_DETECT_IMAGE_H
#define APPS_DETECT_IMAGE_H

#include "apps/detect_job.h"

struct detected_image {
    det_image *image;
    det_result *result;
    double decode_seconds;
    double seconds; /* decoding and detecting */
};

/* Decode input `index` and detect.  A failure is reported; after a signal it
 * returns EXIT_INPUT silently.  Returned with detect_image_free. */
enum exit_code detect_image_run(struct detected_image *out,
                                struct detect_job *job, size_t index);

/* Print the result and write the overlay. */
enum exit_code detect_image_write(const struct detected_image *image,
                                  struct detect_job *job, size_t index);

void detect_image_free(struct detected_image *image);

#endif
