/* SPDX-License-Identifier: MIT */
#include "datasets/folder_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

static bool has_extension(const char *name, const char *extension)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name && name[0] != '.' &&
           strcasecmp(dot + 1, extension) == 0;
}

det_status det_folder_list_add(struct det_folder_list *out, const char *name,
                               struct det_message *message)
{
    if (out->count == out->capacity) {
        const size_t capacity = out->capacity ? 2 * out->capacity : 256;
        DET_TRY(
            det_reallocate(&out->names, capacity, sizeof *out->names, message));
        out->capacity = capacity;
    }
    DET_TRY(det_text_pool_add(&out->texts, &out->names[out->count], name,
                              strlen(name), message));
    out->count++;
    return DET_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

det_status det_folder_list_read(struct det_folder_list *out, const char *folder,
                                const char *extension,
                                struct det_message *message)
{
    *out = (struct det_folder_list){0};
    DIR *entries = opendir(folder);
    if (!entries)
        return det_fail(message, DET_ERROR_READ,
                        "%s: cannot open the folder: %s", folder,
                        strerror(errno));
    det_status status = DET_OK;
    errno = 0;
    for (struct dirent *e; status == DET_OK && (e = readdir(entries));
         errno = 0)
        if (has_extension(e->d_name, extension))
            status = det_folder_list_add(out, e->d_name, message);
    if (status == DET_OK && errno)
        status =
            det_fail(message, DET_ERROR_READ, "%s: cannot read the folder: %s",
                     folder, strerror(errno));
    closedir(entries);
    if (status != DET_OK)
        det_folder_list_destroy(out);
    else if (out->count)
        qsort(out->names, out->count, sizeof *out->names, by_bytes);
    return status;
}

void det_folder_list_destroy(struct det_folder_list *list)
{
    free(list->names);
    det_text_pool_destroy(&list->texts);
    *list = (struct det_folder_list){0};
}
