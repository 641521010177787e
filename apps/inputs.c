/* SPDX-License-Identifier: MIT */
#include "apps/inputs.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

bool inputs_is_image_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot &&
           (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0 ||
            strcasecmp(dot, ".png") == 0);
}

static enum exit_code out_of_memory(struct console *console)
{
    console_error(console, "out of memory while listing the inputs");
    return EXIT_MEMORY;
}

static bool append(struct inputs *inputs, const char *path, bool is_stdin)
{
    if (inputs->count == inputs->capacity) {
        size_t capacity = inputs->capacity ? inputs->capacity * 2 : 64;
        struct input *items =
            reallocarray(inputs->items, capacity, sizeof *items);
        if (!items)
            return false;
        inputs->items = items;
        inputs->capacity = capacity;
    }
    char *copy = strdup(path);
    if (!copy)
        return false;
    inputs->items[inputs->count++] = (struct input){copy, is_stdin};
    return true;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_regular_file(const FTSENT *entry)
{
    struct stat target;
    if (entry->fts_info == FTS_SL)
        return stat(entry->fts_accpath, &target) == 0 &&
               S_ISREG(target.st_mode);
    return entry->fts_info == FTS_F || entry->fts_info == FTS_SLNONE;
}

/* One step of the walk; false when out of memory. */
static bool visit(struct inputs *inputs, FTS *walk, FTSENT *entry,
                  bool recursive, struct console *console)
{
    switch (entry->fts_info) {
    case FTS_D:
        if (entry->fts_level > 0 && (!recursive || entry->fts_name[0] == '.'))
            fts_set(walk, entry, FTS_SKIP);
        return true;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        console_error(console, "%s: cannot be read: %s", entry->fts_path,
                      strerror(entry->fts_errno));
        inputs->failed++;
        return true;
    default:
        if (entry->fts_name[0] == '.' || !is_regular_file(entry) ||
            !inputs_is_image_name(entry->fts_name))
            return true;
        return append(inputs, entry->fts_path, false);
    }
}

static enum exit_code add_folder(struct inputs *inputs, char *path,
                                 bool recursive, struct console *console)
{
    size_t count_before = inputs->count, failed_before = inputs->failed;
    char *roots[] = {path, NULL};
    FTS *walk =
        fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (!walk)
        return out_of_memory(console);
    bool enough = true;
    FTSENT *entry;
    while (enough && (errno = 0, entry = fts_read(walk)))
        enough = visit(inputs, walk, entry, recursive, console);
    int walk_error = entry ? 0 : errno;
    fts_close(walk);
    inputs->has_folder = true;
    if (!enough)
        return out_of_memory(console);
    if (walk_error) {
        console_error(console, "%s: cannot be read: %s", path,
                      strerror(walk_error));
        inputs->failed++;
    } else if (inputs->count == count_before &&
               inputs->failed == failed_before) {
        console_error(console,
                      "%s: no .jpg, .jpeg or .png files in this folder%s", path,
                      recursive ? " or below it"
                                : " (-r looks into the folders below it)");
        inputs->failed++;
    }
    return EXIT_DONE;
}

static enum exit_code add_argument(struct inputs *inputs, char *path,
                                   bool recursive, struct console *console)
{
    struct stat status;
    if (strcmp(path, "-") == 0) {
        if (inputs->stdin_taken) {
            console_error(console, "standard input (-) can be used only once");
            return EXIT_USAGE;
        }
        inputs->stdin_taken = true;
        return append(inputs, path, true) ? EXIT_DONE : out_of_memory(console);
    }
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return add_folder(inputs, path, recursive, console);
    return append(inputs, path, false) ? EXIT_DONE : out_of_memory(console);
}

static enum exit_code read_filelist(struct inputs *inputs, FILE *list,
                                    const struct input_request *request,
                                    struct console *console)
{
    enum exit_code code = EXIT_DONE;
    int separator = request->null_separated ? 0 : '\n';
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while (code == EXIT_DONE &&
           (length = getdelim(&line, &size, separator, list)) > 0) {
        if (line[length - 1] == separator)
            line[--length] = 0;
        if (separator && length > 0 && line[length - 1] == '\r')
            line[--length] = 0;
        if (length > 0)
            code = add_argument(inputs, line, request->recursive, console);
    }
    if (code == EXIT_DONE && ferror(list)) {
        console_error(console, "%s: cannot be read: %s", request->filelist,
                      strerror(errno));
        inputs->failed++;
    }
    free(line);
    return code;
}

static enum exit_code add_filelist(struct inputs *inputs,
                                   const struct input_request *request,
                                   struct console *console)
{
    inputs->has_folder = true;
    if (strcmp(request->filelist, "-") == 0) {
        inputs->stdin_taken = true;
        return read_filelist(inputs, stdin, request, console);
    }
    FILE *list = fopen(request->filelist, "re");
    if (!list) {
        console_error(console, "%s: cannot be opened: %s", request->filelist,
                      strerror(errno));
        inputs->failed++;
        return EXIT_DONE;
    }
    enum exit_code code = read_filelist(inputs, list, request, console);
    fclose(list);
    return code;
}

enum exit_code inputs_collect(struct inputs *out,
                              const struct input_request *request,
                              struct console *console)
{
    *out = (struct inputs){0};
    enum exit_code code = EXIT_DONE;
    if (request->filelist)
        code = add_filelist(out, request, console);
    for (size_t i = 0; code == EXIT_DONE && i < request->argument_count; i++)
        code = add_argument(out, request->arguments[i], request->recursive,
                            console);
    if (code == EXIT_DONE && out->count == 0 && out->failed == 0) {
        console_error(console, "%s: the list is empty", request->filelist);
        out->failed++;
    }
    return code;
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->items[i].path);
    free(inputs->items);
    *inputs = (struct inputs){0};
}
