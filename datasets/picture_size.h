/* SPDX-License-Identifier: MIT */
/* The size of a picture from its header, without decoding it. */
#ifndef DATASETS_PICTURE_SIZE_H
#define DATASETS_PICTURE_SIZE_H

#include <stdint.h>

#include "base/message.h"

struct det_picture_size {
    int32_t width, height; /* pixels, as stored: before it is turned upright */
    int orientation;       /* EXIF's, 1..8; from 5 on width and height swap */
};

/* Read a JPEG's or PNG's header through a descriptor, which may be anywhere in
 * its file.  DET_ERROR_FORMAT: "<what>". */
det_status det_picture_size_read(struct det_picture_size *out, int descriptor,
                                 struct det_message *message);

/* Open the file beneath `folder` (see base/beneath.h) and give the size of the
 * upright picture, which is what det_image_load_file gives. */
det_status det_picture_size_beneath(int32_t *width, int32_t *height,
                                    const char *folder, const char *name,
                                    struct det_message *message);

#endif
