/* SPDX-License-Identifier: MIT */
#include "datasets/folder_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/memory.h"

/* Which entries are wanted: files by their endings, or folders. */
struct wanted {
    const char *endings; /* "jpg|png"; NULL: folders */
};

static bool has_ending(const char *name, const char *endings)
{
    const char *dot = strrchr(name, '.');
    while (dot && *endings) {
        const size_t length = strcspn(endings, "|");
        if (strlen(dot + 1) == length &&
            strncasecmp(dot + 1, endings, length) == 0)
            return true;
        endings += length + (endings[length] == '|');
    }
    return false;
}

static bool is_folder(DIR *entries, const struct dirent *e)
{
    struct stat about;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(dirfd(entries), e->d_name, &about, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           S_ISDIR(about.st_mode);
}

static bool is_wanted(DIR *entries, const struct dirent *e,
                      const struct wanted *wanted)
{
    if (e->d_name[0] == '.')
        return false;
    return wanted->endings ? has_ending(e->d_name, wanted->endings)
                           : is_folder(entries, e);
}

static det_status add(struct det_folder_list *out, const char *name,
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

static det_status read_folder(struct det_folder_list *out, const char *folder,
                              const struct wanted *wanted,
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
        if (is_wanted(entries, e, wanted))
            status = add(out, e->d_name, message);
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

det_status det_folder_list_read(struct det_folder_list *out, const char *folder,
                                const char *extension,
                                struct det_message *message)
{
    return read_folder(out, folder, &(struct wanted){extension}, message);
}

det_status det_folder_list_folders(struct det_folder_list *out,
                                   const char *folder,
                                   struct det_message *message)
{
    return read_folder(out, folder, &(struct wanted){NULL}, message);
}

void det_folder_list_destroy(struct det_folder_list *list)
{
    free(list->names);
    det_text_pool_destroy(&list->texts);
    *list = (struct det_folder_list){0};
}
