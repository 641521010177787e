/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_ORIENT_H
#define IMAGE_ORIENT_H

#include "image/image.h"

/* Turn and mirror a picture so that it is upright.  `orientation` is Exif's
 * 1..8 (Exif 2.32, 4.6.4 A); 1 and unknown values change nothing. */
det_status det_image_orient(struct det_image *image, int orientation,
                            struct det_message *message);

#endif
