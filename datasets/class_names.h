/* SPDX-License-Identifier: MIT */
/* Built-in class names, one a line. */
#ifndef DATASETS_CLASS_NAMES_H
#define DATASETS_CLASS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const char det_coco_names[];     /* 91: background, ids 1..90, N/A */
extern const char det_voc_names[];      /* 21: background, 20 classes */
extern const char det_imagenet_names[]; /* 1000 */

/* Names for a model of `count` labels into `text` of `size` bytes, each with a
 * newline behind it; with `background` label 0 is the background.  Known are
 * COCO (91 or 81 with: ids with holes or in a row; 80 without), VOC (21 with,
 * 20 without) and ImageNet (1000).  Returns the length without the final 0, or
 * 0 when there are no names for this count or `size` is too small. */
size_t det_class_names_for(char *text, size_t size, int32_t count,
                           bool background);

enum { DET_CLASS_NAMES_SIZE = 32768 }; /* bytes, enough for every list */

#endif
