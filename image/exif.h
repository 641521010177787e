/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_EXIF_H
#define IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* The orientation, 1..8, that a TIFF structure ("II*" or "MM*" first) names in
 * its first directory; 1 when it names none or is broken: a bad tag is no
 * reason to refuse a picture. */
int det_exif_orientation(const uint8_t *tiff, size_t size);

#endif
