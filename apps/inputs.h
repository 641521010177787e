/* SPDX-License-Identifier: MIT */
/* From what the user named to a list of images. */
#ifndef APPS_INPUTS_H
#define APPS_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "apps/console.h"
#include "apps/exit_code.h"

struct input_request {
    char **arguments; /* files, folders, "-" */
    size_t argument_count;
    const char *filelist; /* more of them; NULL: none, "-": stdin */
    bool null_separated;  /* in the file list, else by lines */
    bool recursive;
};

struct input {
    char *path; /* "-" for stdin */
    bool is_stdin;
};

struct inputs {
    struct input *items;
    size_t count;
    size_t capacity;
    size_t failed;    /* arguments that gave no image; each was reported */
    bool stdin_taken; /* by "-" or by the file list */
    bool has_folder;  /* a folder or a file list was named */
};

/* Files are taken as they are (a missing one fails when it is read).  Of a
 * folder: the regular files whose names end in .jpg, .jpeg or .png in any
 * case and do not begin with a dot, sorted by name; links to files are
 * followed, links to folders only when named themselves, so there are no
 * loops.  A folder without images or an unreadable one is reported and
 * counted in `failed`.  Returns EXIT_DONE, EXIT_USAGE (stdin asked for twice)
 * or EXIT_MEMORY.  Returned with inputs_free, also after a failure. */
enum exit_code inputs_collect(struct inputs *out,
                              const struct input_request *request,
                              struct console *console);
void inputs_free(struct inputs *inputs);

/* Does the name end in .jpg, .jpeg or .png? */
bool inputs_is_image_name(const char *name);

#endif
