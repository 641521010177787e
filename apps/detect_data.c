/* SPDX-License-Identifier: MIT */
/* detect-data: look into data sets, draw, convert and split them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/data_job.h"
#include "apps/interrupt.h"
#include "apps/standard_files.h"

enum exit_code data_report(struct data_job *job, const char *path,
                           det_status status)
{
    console_error_about(job->console, path, det_context_message(job->context));
    /* annotations that are not there are refused, like broken ones */
    return status == DET_ERROR_READ || status == DET_ERROR_FORMAT ||
                   status == DET_ERROR_LIMIT
               ? EXIT_DATASET
               : exit_code_for_input(status);
}

enum exit_code data_make_folder(struct data_job *job, const char *path)
{
    struct stat about;
    if (mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
        return EXIT_DONE;
    console_error(job->console, "%s: the folder cannot be made: %s", path,
                  strerror(errno));
    return EXIT_OUTPUT;
}

static enum exit_code load(struct data_job *job)
{
    const struct data_options *o = job->options;
    det_dataset_options options;
    det_dataset_options_init(&options);
    options.format = o->format;
    options.list = o->list;
    options.images = o->images;
    options.keep_repeated = o->command == DATA_CHECK;
    const det_status status =
        det_dataset_load(job->context, o->annotations, &options, &job->dataset);
    if (status != DET_OK)
        return data_report(job, o->annotations, status);
    console_note(job->console,
                 "%s: %zu images, %zu categories, %zu annotations",
                 o->annotations, det_dataset_image_count(job->dataset),
                 det_dataset_category_count(job->dataset),
                 det_dataset_annotation_count(job->dataset));
    return EXIT_DONE;
}

static enum exit_code work(struct data_job *job)
{
    switch (job->options->command) {
    case DATA_CHECK:
        return data_check(job);
    case DATA_STATS:
        return data_stats(job);
    case DATA_DRAW:
        return data_draw(job);
    case DATA_CONVERT:
        return data_convert(job);
    case DATA_SPLIT:
        return data_split(job);
    case DATA_SCENES:
        return data_scenes(job);
    default:
        return EXIT_USAGE;
    }
}

static enum exit_code run(struct console *console,
                          const struct data_options *options)
{
    struct data_job job = {.console = console, .options = options};
    enum exit_code code = console_open_context(&job.context, 0, console);
    if (code != EXIT_DONE)
        return code;
    interrupt_install();
    code = options->command == DATA_SCENES ? EXIT_DONE : load(&job);
    if (code == EXIT_DONE)
        code = work(&job);
    det_dataset_destroy(&job.dataset);
    det_context_destroy(&job.context);
    const enum exit_code flushed = standard_files_flush(console);
    return flushed == EXIT_DONE ? code : flushed;
}

int main(int argc, char **argv)
{
    standard_files_hold();
    struct console console = {.program = "detect-data"};
    struct data_options options;
    const enum exit_code code = data_options_parse(&options, argc, argv);
    if (code != EXIT_DONE)
        return code;
    console.verbosity = options.verbosity;
    if (options.command != DATA_HELP && options.command != DATA_USAGE &&
        options.command != DATA_VERSION)
        return run(&console, &options);
    data_options_print(options.command);
    return standard_files_flush(&console);
}
