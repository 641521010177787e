/* SPDX-License-Identifier: MIT */
/* The files of a folder. */
#ifndef DATASETS_FOLDER_LIST_H
#define DATASETS_FOLDER_LIST_H

#include "datasets/text_pool.h"

struct det_folder_list {
    const char **names; /* [count] */
    size_t count, capacity;
    struct det_text_pool texts;
};

/* Names that end in ".EXTENSION" (any case) and do not begin with a dot,
 * sorted by their bytes.  DET_ERROR_READ when the folder cannot be read. */
det_status det_folder_list_read(struct det_folder_list *out, const char *folder,
                                const char *extension,
                                struct det_message *message);
/* Append a copy of a name; the order is the caller's. */
det_status det_folder_list_add(struct det_folder_list *list, const char *name,
                               struct det_message *message);
void det_folder_list_destroy(struct det_folder_list *list);

#endif
