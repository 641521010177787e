/* SPDX-License-Identifier: MIT */
#include "datasets/folder_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY };

struct walk {
    struct det_folder_list *out;
    const char *root;
    const char *const *extensions; /* NULL: folders are wanted, not files */
    size_t others;
    char path[PATH_MAX]; /* of what is looked at, below root */
    struct det_message *message;
};

static det_status refuse(const struct walk *w, det_status status,
                         const char *what)
{
    return det_fail(w->message, status, "%s/%s: %s", w->root, w->path, what);
}

/* ROOT/SUB, part by part; -1 and errno. */
static int open_folder(const char *root, const char *sub)
{
    char part[NAME_MAX + 1];
    int at = open(root, FOLDER_FLAGS);
    while (at >= 0 && *sub) {
        const size_t length = strcspn(sub, "/");
        int next = -1;
        errno = ENAMETOOLONG;
        if (length <= NAME_MAX) {
            memcpy(part, sub, length);
            part[length] = 0;
            next = openat(at, part, FOLDER_FLAGS | O_NOFOLLOW);
        }
        const int error = errno;
        close(at);
        errno = error;
        at = next;
        sub += length;
        sub += strspn(sub, "/");
    }
    return at;
}

bool det_folder_walk_has(const char *root, const char *sub)
{
    const int folder = open_folder(root, sub);
    if (folder >= 0)
        close(folder);
    return folder >= 0;
}

/* ------------------------------------------------------------------ entries */

enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_LINKED_FOLDER, ENTRY_OTHER };

static enum entry_kind kind_of(int folder, const struct dirent *entry)
{
    struct stat about;
    if (entry->d_type == DT_REG)
        return ENTRY_FILE;
    if (entry->d_type == DT_DIR)
        return ENTRY_FOLDER;
    if (fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return ENTRY_OTHER;
    if (!S_ISLNK(about.st_mode))
        return S_ISREG(about.st_mode)   ? ENTRY_FILE
               : S_ISDIR(about.st_mode) ? ENTRY_FOLDER
                                        : ENTRY_OTHER;
    if (fstatat(folder, entry->d_name, &about, 0) == 0 &&
        S_ISDIR(about.st_mode))
        return ENTRY_LINKED_FOLDER;
    return ENTRY_FILE; /* opening it will tell where it leads */
}

static bool has_extension(const struct walk *w, const char *name)
{
    const char *dot = strrchr(name, '.');
    for (const char *const *e = w->extensions; dot && *e; e++)
        if (strcasecmp(dot + 1, *e) == 0)
            return true;
    return false;
}

/* Put "/NAME" behind the path; false when it does not fit. */
static bool extend(struct walk *w, size_t length, const char *name)
{
    const size_t size = strlen(name);
    if (length + 1 + size >= sizeof w->path)
        return false;
    if (length)
        w->path[length++] = '/';
    memcpy(w->path + length, name, size + 1);
    return true;
}

static det_status walk(struct walk *w, int folder, int depth);

static det_status walk_into(struct walk *w, int parent, const char *name,
                            int depth)
{
    if (depth == DET_DEEPEST_FOLDER)
        return refuse(w, DET_ERROR_DATASET, "folders are nested too deep");
    const int folder = openat(parent, name, FOLDER_FLAGS | O_NOFOLLOW);
    if (folder < 0)
        return refuse(w, DET_ERROR_READ, strerror(errno));
    return walk(w, folder, depth + 1);
}

static det_status take(struct walk *w, int folder, const struct dirent *entry,
                       int depth)
{
    const enum entry_kind kind = kind_of(folder, entry);
    if (kind == ENTRY_LINKED_FOLDER)
        return refuse(w, DET_ERROR_DATASET,
                      "a symbolic link to a folder, which is not followed; "
                      "put the folder itself there");
    if (kind == ENTRY_FOLDER && w->extensions)
        return walk_into(w, folder, entry->d_name, depth);
    if (kind == ENTRY_FOLDER)
        return det_folder_list_add(w->out, entry->d_name, w->message);
    if (kind == ENTRY_FILE && w->extensions && has_extension(w, entry->d_name))
        return det_folder_list_add(w->out, w->path, w->message);
    w->others += kind == ENTRY_FILE;
    return DET_OK;
}

/* Takes the descriptor over.  The depth of the calls is bounded. */
static det_status walk(struct walk *w, int folder, int depth)
{
    const size_t length = strlen(w->path);
    DIR *entries = fdopendir(folder);
    if (!entries) {
        const int error = errno;
        close(folder);
        return refuse(w, DET_ERROR_READ, strerror(error));
    }
    det_status status = DET_OK;
    errno = 0;
    for (struct dirent *e; status == DET_OK && (e = readdir(entries));
         errno = 0) {
        if (e->d_name[0] == '.')
            continue;
        status = extend(w, length, e->d_name)
                     ? take(w, dirfd(entries), e, depth)
                     : refuse(w, DET_ERROR_DATASET, "a name is too long");
        w->path[length] = 0;
    }
    if (status == DET_OK && errno)
        status = refuse(w, DET_ERROR_READ, strerror(errno));
    closedir(entries);
    return status;
}

/* -------------------------------------------------------------------- order */

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

static int by_folder_and_name(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    const size_t p = folder_length(x), q = folder_length(y);
    const int order = memcmp(x, y, p < q ? p : q);
    if (order)
        return order;
    return p != q ? (p < q ? -1 : 1) : strcmp(x + p, y + q);
}

static det_status start(struct walk *w, const char *sub)
{
    if (strlen(sub) >= sizeof w->path)
        return refuse(w, DET_ERROR_ARGUMENT, "the folder's name is too long");
    memcpy(w->path, sub, strlen(sub) + 1);
    const int folder = open_folder(w->root, sub);
    if (folder < 0)
        return refuse(w, DET_ERROR_READ,
                      errno == ELOOP || errno == ENOTDIR
                          ? "not a folder, or a symbolic link, which is not "
                            "followed"
                          : strerror(errno));
    const det_status status = walk(w, folder, 0);
    if (status != DET_OK)
        det_folder_list_destroy(w->out);
    else if (w->out->count)
        qsort(w->out->names, w->out->count, sizeof *w->out->names,
              by_folder_and_name);
    return status;
}

det_status det_folder_walk_folders(struct det_folder_list *out,
                                   const char *root, const char *sub,
                                   struct det_message *message)
{
    struct walk w = {.out = out, .root = root, .message = message};
    *out = (struct det_folder_list){0};
    return start(&w, sub);
}

det_status det_folder_walk_files(struct det_folder_list *out, size_t *others,
                                 const char *root, const char *sub,
                                 const char *const *extensions,
                                 struct det_message *message)
{
    struct walk w = {
        .out = out, .root = root, .extensions = extensions, .message = message};
    *out = (struct det_folder_list){0};
    const det_status status = start(&w, sub);
    if (others)
        *others = w.others;
    return status;
}
