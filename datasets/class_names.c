/* SPDX-License-Identifier: MIT */
#include "datasets/class_names.h"

#include <string.h>

enum { COCO_IDS = 91, COCO_CLASSES = 80, VOC_CLASSES = 20, IMAGENET = 1000 };

/* Copy the lines of `names`, without those equal to `left_out` and, if asked,
 * without the first. */
static size_t copy_lines(char *text, size_t size, const char *names,
                         bool skip_first, const char *left_out)
{
    size_t length = 0;
    if (skip_first)
        names = strchr(names, '\n') + 1;
    for (const char *end; (end = strchr(names, '\n')) != NULL;
         names = end + 1) {
        const size_t line = (size_t)(end + 1 - names);
        if (left_out && strncmp(names, left_out, strlen(left_out)) == 0)
            continue;
        if (length + line >= size)
            return 0;
        memcpy(text + length, names, line);
        length += line;
    }
    text[length] = 0;
    return length;
}

size_t det_class_names_for(char *text, size_t size, int32_t count,
                           bool background)
{
    if (background && count == COCO_IDS)
        return copy_lines(text, size, det_coco_names, false, NULL);
    if (background && count == COCO_CLASSES + 1)
        return copy_lines(text, size, det_coco_names, false, "N/A\n");
    if (!background && count == COCO_CLASSES)
        return copy_lines(text, size, det_coco_names, true, "N/A\n");
    if (background && count == VOC_CLASSES + 1)
        return copy_lines(text, size, det_voc_names, false, NULL);
    if (!background && count == VOC_CLASSES)
        return copy_lines(text, size, det_voc_names, true, NULL);
    if (count == IMAGENET)
        return copy_lines(text, size, det_imagenet_names, false, NULL);
    return 0;
}
