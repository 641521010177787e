/* SPDX-License-Identifier: MIT */
#include "apps/overlay_names.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/picture_file.h"

static enum exit_code out_of_memory(struct console *console)
{
    console_error(console, "out of memory while naming the overlays");
    return EXIT_MEMORY;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void keep(void *text)
{
    (void)text; /* owned by the list of paths */
}

/* FOLDER/name.ext, or FOLDER/name-N.ext from N = 2 on. */
static char *make_path(const char *folder, const struct input *input,
                       unsigned counter)
{
    const char *slash = strrchr(input->path, '/');
    const char *name = input->is_stdin ? "stdin.jpg"
                       : slash         ? slash + 1
                                       : input->path;
    bool known = picture_kind_of(name) != PICTURE_UNKNOWN;
    const char *dot = strrchr(name, '.');
    /* behind a '#' is a place in the file of that name */
    if (!dot || dot == name || strchr(dot, '#'))
        dot = name + strlen(name);
    const char *extension = known ? dot : ".jpg";
    size_t length = strlen(folder);
    const char *separator = length && folder[length - 1] == '/' ? "" : "/";
    char number[16] = "";
    if (counter > 1)
        snprintf(number, sizeof number, "-%u", counter);
    char *path;
    if (asprintf(&path, "%s%s%.*s%s%s", folder, separator, (int)(dot - name),
                 name, number, extension) < 0)
        return NULL;
    return path;
}

static enum exit_code name_in_folder(struct overlay_names *names,
                                     const char *folder,
                                     const struct inputs *inputs,
                                     struct console *console)
{
    void *taken = NULL; /* a tree of the paths given so far */
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < inputs->count && code == EXIT_DONE; i++) {
        char *path = NULL;
        for (unsigned counter = 1; !path; counter++) {
            path = make_path(folder, &inputs->items[i], counter);
            if (!path) {
                code = out_of_memory(console);
                break;
            }
            if (tfind(path, &taken, by_text)) {
                free(path);
                path = NULL;
            }
        }
        names->paths[i] = path;
        if (path && !tsearch(path, &taken, by_text))
            code = out_of_memory(console);
    }
    tdestroy(taken, keep);
    return code;
}

/* What a file is, whatever it is called. */
struct identity {
    dev_t device;
    ino_t inode;
};

static int by_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static size_t identify(struct identity *out, const struct inputs *inputs)
{
    size_t count = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        struct stat status;
        int failed = inputs->items[i].is_stdin
                         ? fstat(STDIN_FILENO, &status)
                         : stat(inputs->items[i].path, &status);
        if (failed == 0)
            out[count++] = (struct identity){status.st_dev, status.st_ino};
    }
    qsort(out, count, sizeof *out, by_identity);
    return count;
}

static enum exit_code refuse_inputs(const struct overlay_names *names,
                                    const struct inputs *inputs,
                                    struct console *console)
{
    struct identity *known = calloc(inputs->count, sizeof *known);
    if (!known)
        return out_of_memory(console);
    size_t count = identify(known, inputs);
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < names->count && code == EXIT_DONE; i++) {
        struct stat status;
        if (stat(names->paths[i], &status) != 0)
            continue;
        struct identity target = {status.st_dev, status.st_ino};
        if (bsearch(&target, known, count, sizeof target, by_identity)) {
            console_error(console,
                          "--output: %s is one of the inputs, which are never "
                          "overwritten; choose another name or folder",
                          names->paths[i]);
            code = EXIT_USAGE;
        }
    }
    free(known);
    return code;
}

enum target_kind {
    TARGET_FILE,
    TARGET_FOLDER,
    TARGET_REFUSED,
};

static enum target_kind judge_target(const char *target,
                                     const struct inputs *inputs,
                                     struct console *console)
{
    struct stat status;
    bool exists = stat(target, &status) == 0;
    bool picture = picture_kind_of(target) != PICTURE_UNKNOWN;
    if ((exists && S_ISDIR(status.st_mode)) ||
        target[strlen(target) - 1] == '/')
        return TARGET_FOLDER;
    if (inputs->count == 1 && picture)
        return TARGET_FILE;
    if (picture) {
        console_error(console,
                      "--output %s: one picture, but there are %zu images; "
                      "name a folder",
                      target, inputs->count);
        return TARGET_REFUSED;
    }
    if (exists) {
        console_error(console,
                      "--output %s: a file that is no .jpg, .jpeg or .png",
                      target);
        return TARGET_REFUSED;
    }
    if (inputs->count > 1 || inputs->has_folder)
        return TARGET_FOLDER;
    console_error(console,
                  "--output %s: name a .jpg, .jpeg or .png, or a folder with "
                  "a slash at the end",
                  target);
    return TARGET_REFUSED;
}

static enum exit_code make_folder(const char *path, struct console *console)
{
    struct stat status;
    if (mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &status) == 0 &&
         S_ISDIR(status.st_mode)))
        return EXIT_DONE;
    console_error(console, "--output %s: the folder cannot be made: %s", path,
                  strerror(errno));
    return EXIT_OUTPUT;
}

enum exit_code overlay_names_plan(struct overlay_names *out, const char *target,
                                  const struct inputs *inputs,
                                  struct console *console)
{
    *out = (struct overlay_names){0};
    if (inputs->count == 0)
        return EXIT_DONE;
    enum target_kind kind = judge_target(target, inputs, console);
    if (kind == TARGET_REFUSED)
        return EXIT_USAGE;
    out->paths = calloc(inputs->count, sizeof *out->paths);
    if (!out->paths)
        return out_of_memory(console);
    out->count = inputs->count;
    enum exit_code code = EXIT_DONE;
    if (kind == TARGET_FOLDER)
        code = name_in_folder(out, target, inputs, console);
    else if (!(out->paths[0] = strdup(target)))
        code = out_of_memory(console);
    if (code == EXIT_DONE)
        code = refuse_inputs(out, inputs, console);
    if (code == EXIT_DONE && kind == TARGET_FOLDER)
        code = make_folder(target, console);
    if (code != EXIT_DONE)
        overlay_names_free(out);
    return code;
}

void overlay_names_free(struct overlay_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->paths[i]);
    free(names->paths);
    *names = (struct overlay_names){0};
}
