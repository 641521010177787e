/* SPDX-License-Identifier: MIT */
#include "apps/train_run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/whole_file.h"

static const char run_name[] = "run.txt";

/* Lines of run.txt. */
struct row {
    const char *name;
    size_t offset;
    bool is_path;
};

#define AT(field) offsetof(struct train_options, field)

static const struct row rows[] = {
    {"arch", AT(architecture), false},
    {"data", AT(data), true},
    {"images", AT(images), true},
    {"list", AT(list), false},
    {"format", AT(format), false},
    {"val", AT(validation), true},
    {"val-images", AT(validation_images), true},
    {"val-list", AT(validation_list), false},
    {"proposals", AT(proposals), true},
    {"val-proposals", AT(validation_proposals), true},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const char **field(struct train_options *options, const struct row *row)
{
    return (const char **)(void *)((char *)options + row->offset);
}

enum exit_code train_run_path(char *path, const char *run, const char *name,
                              struct console *console)
{
    const int length = snprintf(path, PATH_MAX, "%s/%s", run, name);
    if (length >= 0 && length < PATH_MAX)
        return EXIT_DONE;
    console_error(console, "%s: the name is too long", run);
    return EXIT_OUTPUT;
}

static enum exit_code fail_write(struct console *console, const char *path)
{
    console_error(console, "%s: cannot be written: %s", path, strerror(errno));
    return EXIT_OUTPUT;
}

enum exit_code train_run_write(const char *run, const char *name,
                               const char *text, struct console *console)
{
    char path[PATH_MAX];
    const enum exit_code code = train_run_path(path, run, name, console);
    if (code != EXIT_DONE)
        return code;
    return whole_file_write(path, text, strlen(text))
               ? EXIT_DONE
               : fail_write(console, path);
}

/* ----------------------------------------------------------------- creation */

/* Paths must mean the same when the run goes on from elsewhere. */
static const char *absolute(const struct row *row, const char *value,
                            char room[PATH_MAX])
{
    return row->is_path && realpath(value, room) ? room : value;
}

static enum exit_code write_options(const struct train_options *options,
                                    struct console *console)
{
    char *text = NULL;
    size_t size;
    struct train_options copy = *options;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        console_error(console, "out of memory");
        return EXIT_MEMORY;
    }
    for (size_t i = 0; i < ROWS; i++) {
        char room[PATH_MAX];
        const char *value = *field(&copy, &rows[i]);
        if (value)
            fprintf(out, "%s=%s\n", rows[i].name,
                    absolute(&rows[i], value, room));
    }
    fclose(out);
    const enum exit_code code =
        train_run_write(options->run, run_name, text ? text : "", console);
    free(text);
    return code;
}

enum exit_code train_run_create(const struct train_options *options,
                                const char *settings, struct console *console)
{
    char path[PATH_MAX];
    struct stat about;
    enum exit_code code = train_run_path(path, options->run, run_name, console);
    if (code != EXIT_DONE)
        return code;
    if (stat(path, &about) == 0) {
        console_error(console,
                      "%s has a run already; --resume %s goes on with it",
                      options->run, options->run);
        return EXIT_USAGE;
    }
    if (mkdir(options->run, 0777) != 0 && errno != EEXIST)
        return fail_write(console, options->run);
    /* run.txt comes last: with it there is a run. */
    code = train_run_write(options->run, "settings.txt", settings, console);
    return code == EXIT_DONE ? write_options(options, console) : code;
}

/* ------------------------------------------------------------------ reading */

static enum exit_code fail_read(struct console *console, const char *path)
{
    console_error(console, "%s: cannot be read: %s", path,
                  errno ? strerror(errno) : "there is no run");
    return EXIT_INPUT;
}

static enum exit_code read_text(char **out, const char *path,
                                struct console *console)
{
    enum { MOST = 1 << 16 };
    FILE *file = fopen(path, "re");
    if (!file)
        return fail_read(console, path);
    *out = calloc(MOST, 1);
    const size_t size = *out ? fread(*out, 1, MOST - 1, file) : 0;
    const bool bad = ferror(file);
    fclose(file);
    if (*out && !bad)
        return (*out)[size] = 0, EXIT_DONE;
    free(*out);
    *out = NULL;
    return fail_read(console, path);
}

static void take_line(struct train_options *options, char *line)
{
    char *value = strchr(line, '=');
    if (!value)
        return;
    *value++ = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, line) == 0)
            *field(options, &rows[i]) = value;
}

enum exit_code train_run_read(struct train_run *out,
                              const struct train_options *options,
                              struct console *console)
{
    char path[PATH_MAX];
    *out = (struct train_run){.options = *options};
    enum exit_code code = train_run_path(path, options->run, run_name, console);
    if (code == EXIT_DONE)
        code = read_text(&out->text, path, console);
    char *rest = out->text, *line;
    while (code == EXIT_DONE && (line = strsep(&rest, "\n")))
        take_line(&out->options, line);
    if (code == EXIT_DONE &&
        (!out->options.architecture || !out->options.data)) {
        console_error(console, "%s: says neither architecture nor data", path);
        code = EXIT_INPUT;
    }
    return code;
}

void train_run_free(struct train_run *run)
{
    free(run->text);
    *run = (struct train_run){0};
}
