/* SPDX-License-Identifier: MIT */
/* Images: decoded, looked at, several at once if so asked, printed, drawn. */
#ifndef APPS_DETECT_IMAGE_H
#define APPS_DETECT_IMAGE_H

#include "apps/detect_job.h"

struct detected_image {
    size_t index; /* of the inputs */
    det_image *image;
    det_result *result;
    double decode_seconds;
    double seconds;      /* decoding and detecting */
    enum exit_code code; /* of what was done so far */
};

/* Decode the next input, `index`.  A failure is reported, and out->code says
 * which; after a signal that is EXIT_INPUT silently. */
void detect_image_load(struct detected_image *out, struct detect_job *job,
                       size_t index);

/* Detect in those of `count` that could be decoded, all at once.  Once that
 * has failed, which is warned of, each is looked at alone, and its failure
 * reported. */
void detect_images_run(struct detected_image *images, size_t count,
                       struct detect_job *job);

/* Print the result and write the overlay. */
enum exit_code detect_image_write(const struct detected_image *image,
                                  struct detect_job *job);

void detect_image_free(struct detected_image *image);

#endif
