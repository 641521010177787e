/* SPDX-License-Identifier: MIT */
/* Names of labels, label 0 first. */
#ifndef DETECTOR_LABELS_H
#define DETECTOR_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

struct det_labels {
    char *text;   /* all names, each ended by 0 */
    char **names; /* [count], into text */
    int32_t count;
};

/* From names separated by newlines (a last empty line does not count).  A
 * count other than `expected` is DET_ERROR_MODEL. */
det_status det_labels_parse(struct det_labels *out, const char *text,
                            size_t length, int32_t expected,
                            struct det_message *message);
void det_labels_destroy(struct det_labels *labels);

#endif
