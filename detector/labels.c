/* SPDX-License-Identifier: MIT */
#include "detector/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int32_t count_lines(const char *text, size_t length)
{
    int32_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    return lines + (length > 0 && text[length - 1] != '\n');
}

/* Turn newlines into ends of names; a name loses its carriage return. */
static void split_names(struct det_labels *labels)
{
    char *name = labels->text;
    for (int32_t i = 0; i < labels->count; i++) {
        char *end = strchr(name, '\n');
        labels->names[i] = name;
        if (!end)
            return;
        if (end > name && end[-1] == '\r')
            end[-1] = 0;
        *end = 0;
        name = end + 1;
    }
}

det_status det_labels_parse(struct det_labels *out, const char *text,
                            size_t length, int32_t expected,
                            struct det_message *message)
{
    *out = (struct det_labels){0};
    const int32_t count = count_lines(text, length);
    if (count != expected)
        return det_fail(message, DET_ERROR_MODEL,
                        "%d class names for a model of %d labels; there must "
                        "be one line for each label, label 0 first",
                        count, expected);
    DET_TRY(det_allocate(&out->text, length + 1, 1, message));
    memcpy(out->text, text, length);
    const det_status status =
        det_allocate(&out->names, (size_t)count, sizeof *out->names, message);
    if (status != DET_OK) {
        det_labels_destroy(out);
        return status;
    }
    out->count = count;
    split_names(out);
    return DET_OK;
}

void det_labels_destroy(struct det_labels *labels)
{
    free(labels->text);
    free(labels->names);
    *labels = (struct det_labels){0};
}
