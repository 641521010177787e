/* SPDX-License-Identifier: MIT */
/* The files of a folder. */
#ifndef DATASETS_FOLDER_LIST_H
#define DATASETS_FOLDER_LIST_H

#include "datasets/text_pool.h"

struct det_folder_list {
    const char **names; /* [count], sorted by their bytes */
    size_t count, capacity;
    struct det_text_pool texts;
};

/* Names that end in ".EXTENSION" (any case; "jpg|png" is any of these) and do
 * not begin with a dot.  DET_ERROR_READ when the folder cannot be read. */
det_status det_folder_list_read(struct det_folder_list *out, const char *folder,
                                const char *extension,
                                struct det_message *message);
/* The folders in it, without links and names that begin with a dot. */
det_status det_folder_list_folders(struct det_folder_list *out,
                                   const char *folder,
                                   struct det_message *message);
void det_folder_list_destroy(struct det_folder_list *list);

#endif
